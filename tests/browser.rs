//! Pages of a running service in a real Chromium, as people use them, and as tools judge them.

mod accessible;
mod driver;
mod finder;
mod hostile;
mod keyboard;
mod markup;
mod scriptless;
mod site;
