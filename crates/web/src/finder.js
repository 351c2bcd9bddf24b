// Makes the finder's form better where scripts run; it works without.
"use strict";
const form = document.querySelector("form[role=search]");
const button = document.getElementById("locate");
const told = document.getElementById("located");

// Empty fields stay out of the address, so that it is short enough to share.
form?.addEventListener("submit", () => {
  for (const field of form.elements) {
    field.disabled = field.name !== "" && field.value === "";
  }
});
// Back from the results, the form can be filled in again.
window.addEventListener("pageshow", () => {
  for (const field of form?.elements ?? []) field.disabled = false;
});

if (button && told && navigator.geolocation) {
  button.hidden = false;
  button.addEventListener("click", () => {
    told.textContent = button.dataset.busy;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        // Two decimals are half a mile: near enough to search, too far off to tell a home.
        form.elements.where.value = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
        told.textContent = "";
        form.requestSubmit();
      },
      () => { told.textContent = button.dataset.failed; },
      { timeout: 15000, maximumAge: 600000 },
    );
  });
}
