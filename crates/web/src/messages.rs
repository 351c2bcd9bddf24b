//! What pages say, in both languages: one row a message, English first.
//!
//! `{}` is a gap that is filled in. Patients are addressed as `usted`.

macro_rules! messages {
    ($($name:ident: $english:literal, $spanish:literal;)*) => {
        /// A message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Say { $($name,)* }

        impl Say {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// In English and in Spanish.
            pub(crate) const fn texts(self) -> [&'static str; 2] {
                match self { $(Self::$name => [$english, $spanish],)* }
            }
        }
    };
}

messages! {
    // What all pages have.
    SkipToContent: "Skip to content", "Ir al contenido";
    Pages: "Pages", "Páginas";
    Publishers: "Publishers", "Fuentes";
    Api: "API", "API";
    Offer: "A slot shown here is an offer of its publisher, not a promise; it is booked there.",
        "Cada horario que se muestra aquí es una oferta de quien lo publica, no una garantía; la cita se reserva con ellos.";
    Emergency: "In an emergency, call 911.", "En caso de emergencia, llame al 911.";
    PostalCodes: "Postal codes: GeoNames, CC BY 4.0.", "Códigos postales: GeoNames, CC BY 4.0.";
    TooBusy: "Too busy", "Demasiadas consultas";
    TooBusyText: "Many people ask at this moment. Please try again in a minute.",
        "Hay muchas consultas en este momento. Vuelva a intentarlo en un minuto.";
    Failed: "This did not work", "Algo no funcionó";
    FailedText: "The fault is on our side. Please try again in a minute.",
        "El problema es nuestro. Vuelva a intentarlo en un minuto.";

    // A feed of what comes to match.
    Follow: "Tell me of new times", "Avíseme de nuevos horarios";
    FollowHint: "as a feed for your news reader", "en un canal para su lector de noticias";
    Following: "Your feed", "Su canal de avisos";
    FeedText: "Each time that opens up for this search comes once. Whoever has the address can read the feed: keep it to yourself.",
        "Cada horario que se abra para esta búsqueda llega una sola vez. Quien tenga la dirección puede leer el canal: no la comparta.";
    FeedAddress: "Feed of this search (Atom)", "Canal de esta búsqueda (Atom)";
    FeedUntil: "It ends on {}.", "Termina el {}.";
    NothingToFollow: "No feed for this search", "No hay canal para esta búsqueda";
    TooWide: "{} times match now; a feed follows up to {}. Narrow the search.",
        "Ahora hay {} horarios; un canal sigue hasta {}. Acote la búsqueda.";
    NoRoom: "As many searches are followed as there is room for. Please try again another day.",
        "Ya se siguen tantas búsquedas como es posible. Vuelva a intentarlo otro día.";
    BackToResults: "Back to the results", "Volver a los resultados";

    // The form.
    FindAppointment: "Find an appointment", "Encuentre una cita";
    What: "What", "Qué busca";
    WhatExample: "skin doctor, vaccine, a name", "dermatólogo, vacuna, un nombre";
    Where: "Where", "Dónde";
    WhereExample: "ZIP, or City, ST", "Código postal, o ciudad y estado";
    UseLocation: "Use my location", "Usar mi ubicación";
    Locating: "Finding your location…", "Buscando su ubicación…";
    NoLocation: "Your location could not be found. Enter a ZIP code or a city.",
        "No se pudo obtener su ubicación. Escriba un código postal o una ciudad.";
    Search: "Search", "Buscar";
    MoreChoices: "More choices", "Más opciones";
    Within: "Within", "A menos de";
    Miles: "{} miles", "{} millas";
    Day: "Day", "Fecha";
    Days: "Days", "Días";
    AnyDay: "Any day", "Cualquier día";
    MondayToFriday: "Monday to Friday", "De lunes a viernes";
    Weekends: "Weekends", "Fines de semana";
    Monday: "Mondays", "Los lunes";
    Tuesday: "Tuesdays", "Los martes";
    Wednesday: "Wednesdays", "Los miércoles";
    Thursday: "Thursdays", "Los jueves";
    Friday: "Fridays", "Los viernes";
    Saturday: "Saturdays", "Los sábados";
    Sunday: "Sundays", "Los domingos";
    Time: "Time", "Hora";
    AnyTime: "Any time", "Cualquier hora";
    Mornings: "Mornings", "Por la mañana";
    Afternoons: "Afternoons", "Por la tarde";
    Evenings: "Evenings", "Por la noche";
    Care: "Care", "Tipo de atención";
    AnyCare: "Any kind", "Cualquiera";
    InPerson: "In person", "En persona";
    Virtual: "Virtual", "Virtual";
    SpokenLanguage: "Language", "Idioma";
    LanguageExample: "Spanish", "español";
    TakesNewPatients: "Takes new patients", "Acepta pacientes nuevos";
    Order: "Order", "Orden";
    UsualOrder: "Best match", "Mejor resultado";
    Soonest: "Soonest first", "Primero lo más pronto";
    Misunderstood: "What is in “{}” was not understood:", "No se entendió lo que escribió en «{}»:";

    // Results.
    OnePlace: "1 place", "1 lugar";
    Places: "{} places", "{} lugares";
    MorePlaces: "More places", "Más lugares";
    Results: "Results", "Resultados";
    Understood: "Understood:", "Se entendió:";
    UnderstoodAs: "“{}” as {}", "«{}» como {}";
    NearYou: "near you: say where that is under “Where”", "cerca de usted: indique dónde en «Dónde»";
    NoName: "Name not published", "Nombre no publicado";
    VirtualCare: "virtual care", "atención virtual";
    VirtualCareToo: "virtual care too", "también atención virtual";
    MilesAway: "{} miles away", "a {} millas";
    Speaks: "Speaks {}", "Habla {}";
    PublishedBy: "Published by", "Publicado por";
    Read: "read {}", "leído {}";
    NeverRead: "never read in full", "nunca leído por completo";
    OutOfDate: "may be out of date", "puede no estar al día";
    AlsoPublishedBy: "Also published by", "También publicado por";
    NoFreeSlots: "No free slots published", "No hay horarios libres publicados";
    OneFreeSlot: "1 free slot", "1 horario libre";
    FreeSlots: "{} free slots", "{} horarios libres";
    AllTimes: "All times and details", "Todos los horarios y detalles";
    AllTimesOf: "All times and details: {}", "Todos los horarios y detalles: {}";
    Book: "Book {}", "Reservar: {}";
    ByPhone: "Booked by phone:", "Se reserva por teléfono:";
    AtPlace: "Ask the place for:", "Pregunte en el lugar por:";

    // What cannot be booked.
    NoLongerFree: "This time is no longer free", "Este horario ya no está libre";
    NotOnline: "This time cannot be booked online", "Este horario no se puede reservar en línea";
    NoSuchTime: "No such time", "No existe ese horario";
    OtherTimes: "Other free times", "Otros horarios libres";

    // Nothing was found.
    NothingFound: "Nothing was found.", "No se encontró nada.";
    NearestMatch: "The nearest match is {}.", "El resultado más cercano es {}.";
    NextMatch: "The next one is at {}.", "El siguiente está en {}.";
    InCity: "{} in {}", "{} en {}";
    NamelessPlace: "a place without a name", "un lugar sin nombre";
    Without: "Search without {}", "Buscar sin {}";
    NoSingleReason: "No single choice is the reason: try leaving out several of them.",
        "Ninguna opción por sí sola es la causa: pruebe a quitar varias.";
    TheWords: "the words", "las palabras";
    ThePlace: "the place", "el lugar";
    TheDay: "the day", "la fecha";
    TheDaysOfTheWeek: "the days of the week", "los días de la semana";
    TheTimeOfDay: "the time of day", "la hora del día";
    TheKindOfCare: "the kind of care", "el tipo de atención";
    TheLanguage: "the language", "el idioma";
    NewPatientsOnly: "new patients only", "solo pacientes nuevos";

    // The calendar.
    Calendar: "Free slots by day", "Horarios libres por día";
    NFree: "{} free", "{} libres";
    OneFree: "1 free", "1 libre";
    NoneFree: "none", "nada";
    AllDays: "All days", "Todos los días";
    Later: "{} later", "{} más adelante";
    WithoutDay: "{} at places whose time zone is not known", "{} en lugares cuya zona horaria no se conoce";

    // The map.
    Map: "Map", "Mapa";
    ToMap: "See the map", "Ver el mapa";
    MapOf: "Positions of the places in the list; the same are in the list with distances.",
        "Posición de los lugares de la lista; los mismos están en la lista con sus distancias.";
    YouAsked: "The place you asked for", "El lugar que usted indicó";
    NotOnMap: "{} are not on the map: virtual, or of unknown position.",
        "{} no están en el mapa: son virtuales o no se conoce su posición.";
    OneNotOnMap: "1 is not on the map: virtual, or of unknown position.",
        "1 no está en el mapa: es virtual o no se conoce su posición.";
    DistanceMiles: "{} mi", "{} mi";
    North: "N", "N";

    // The page of a place.
    NoSuchPlace: "No such place", "No existe ese lugar";
    NoSuchPlaceText: "It may have been removed by its publisher.", "Es posible que quien lo publicaba lo haya retirado.";
    TooOld: "Not offered at present", "No se ofrece por ahora";
    TooOldText: "What {} publishes was read too long ago to be relied on.",
        "Lo que publica {} se leyó hace demasiado tiempo para confiar en ello.";
    SearchAgain: "Find an appointment elsewhere", "Buscar una cita en otro lugar";
    FreeTimes: "Free times", "Horarios libres";
    Contact: "Contact", "Contacto";
    Address: "Address", "Dirección";
    Phone: "Phone", "Teléfono";
    Website: "Website", "Sitio web";
    Details: "Details", "Detalles";
    Services: "Services", "Servicios";
    Specialties: "Specialties", "Especialidades";
    Vaccines: "Vaccines", "Vacunas";
    WalkIn: "Walk-in", "Sin cita previa";
    WalkInText: "One may come without an appointment.", "Puede venir sin cita.";
    About: "About", "Acerca de";
    Provider: "Provider", "Profesional";
    Organization: "Organization", "Organización";
    Languages: "Languages", "Idiomas";
    Gender: "Gender", "Género";
    Female: "Female", "Femenino";
    Male: "Male", "Masculino";
    OtherGender: "Other", "Otro";
    Networks: "Insurance networks", "Redes de seguros";
    LicensedStates: "Virtual care for", "Atención virtual para";
    TimeZone: "Time zone", "Zona horaria";
    ZoneUnknown: "not known; times are in UTC", "no se conoce; las horas están en UTC";
    Elsewhere: "The same provider elsewhere", "El mismo profesional en otros lugares";
    AllOfProvider: "All places and times of this provider", "Todos los lugares y horarios de este profesional";
    Source: "Where this comes from", "De dónde vienen estos datos";
    Freshness: "Freshness", "Actualidad";
    AsOf: "Data as of", "Datos con fecha de";
    ByItsWord: "{}, by the publisher's own word", "{}, según quien lo publica";
    Identifiers: "Identifiers", "Identificadores";
    AsData: "As data", "Como datos";
    MoreTimes: "More times", "Más horarios";
    NoTimesThen: "No free times on this day.", "No hay horarios libres ese día.";
    NewPatients: "new patients", "pacientes nuevos";
    ExistingPatients: "existing patients only", "solo pacientes que ya se atienden ahí";
    ExistingAndFamily: "existing patients and their families", "pacientes que ya se atienden ahí y sus familias";

    // The page of a provider.
    NoSuchProvider: "No such provider", "No existe ese profesional";
    NoSuchProviderText: "No place of a provider with this number (NPI) is known.",
        "No se conoce ningún lugar de un profesional con ese número (NPI).";

    // Charts.
    AsTable: "As a table", "En una tabla";
    FiguresOf: "Figures: {}", "Cifras: {}";
    NoFigures: "There are no figures yet.", "Todavía no hay cifras.";
    NotKnown: "not known", "no se sabe";
    MoreInTable: "{} more are in the table alone.", "{} más están solo en la tabla.";
    FromTo: "{}, from {} to {}.", "{}, del {} al {}.";
    SeriesTold: "{}: {} at first, {} at last, {} at least, {} at most, {} not known.",
        "{}: {} al principio, {} al final, {} como mínimo, {} como máximo, {} sin saberse.";
    SeriesUnknown: "{}: not known.", "{}: no se sabe.";
    Name: "Name", "Nombre";
    TimeFrom: "From", "Desde";

    // Statistics.
    StatisticsShort: "Statistics", "Estadísticas";
    Statistics: "Availability over time", "Disponibilidad a lo largo del tiempo";
    StatisticsIntro: "What publishers had to offer, counted once a day, and what became of it. A day is one of UTC.",
        "Lo que ofrecieron las fuentes, contado una vez al día, y qué fue de ello. Los días son de UTC.";
    StatisticsDefinitions: "Definitions of all figures", "Definiciones de todas las cifras (en inglés)";
    NothingCounted: "Nothing has been counted yet: the first count follows the first crawl.",
        "Todavía no se ha contado nada: el primer recuento sigue a la primera lectura.";
    CountedFromTo: "Counted from {} to {}.", "Contado del {} al {}.";
    LastDays: "The last {} days", "Los últimos {} días";
    TooMuchToDraw: "There is too much to count for this chart: ask the API for fewer days.",
        "Hay demasiado que contar para este gráfico: pida menos días a la API.";
    FreeSlotsFigure: "Free slots on offer", "Horarios libres en oferta";
    CoverageFigure: "Places with something to book", "Lugares con algo que reservar";
    LeadTimeFigure: "Time to the next appointment", "Tiempo hasta la próxima cita";
    FillRateFigure: "What became of appointments", "Qué fue de las citas";
    ContinuityFigure: "How steadily publishers are heard", "Con qué regularidad se lee cada fuente";
    FreeByDay: "Free slots, day by day", "Horarios libres, día a día";
    FreeByState: "Free slots by state, last day counted", "Horarios libres por estado, último día contado";
    FreeByPublisher: "Free slots by publisher, last day counted", "Horarios libres por fuente, último día contado";
    FreeBySpecialty: "Free slots by specialty, last day counted",
        "Horarios libres por especialidad, último día contado";
    PlacesByDay: "Places with a free slot, day by day", "Lugares con un horario libre, día a día";
    PlacesByState: "Places with a free slot by state", "Lugares con un horario libre, por estado";
    LeadByDay: "Days to the next and third next appointment", "Días hasta la próxima cita y la tercera";
    LeadByState: "Days to the next appointment by state", "Días hasta la próxima cita, por estado";
    LeadBySpecialty: "Days to the next appointment by specialty", "Días hasta la próxima cita, por especialidad";
    FatesByDay: "Appointments filled, by day of their start", "Citas ocupadas, por día de inicio";
    FatesByPublisher: "Appointments filled by publisher", "Citas ocupadas, por fuente";
    LifetimesBySpecialty: "How long appointments were on offer, by specialty",
        "Cuánto tiempo estuvieron en oferta las citas, por especialidad";
    GapsByPublisher: "Time between two full readings by publisher", "Tiempo entre dos lecturas completas, por fuente";
    FailuresByPublisher: "Readings that failed in part or whole, by publisher",
        "Lecturas que fallaron en parte o del todo, por fuente";
    FreeSlotsMeasure: "free slots", "horarios libres";
    PlacesMeasure: "share of places", "proporción de lugares";
    LeadMeasure: "days, median", "días, mediana";
    FatesMeasure: "share of appointments", "proporción de citas";
    FatesMostMeasure: "share of appointments, at most", "proporción de citas, como máximo";
    LifetimeMeasure: "days on offer, median", "días en oferta, mediana";
    GapsMeasure: "minutes, 95th percentile", "minutos, percentil 95";
    FailuresMeasure: "share of readings", "proporción de lecturas";
    Appointments: "appointments", "citas";
    Windows: "windows of hours or days", "franjas de horas o días";
    NextAppointment: "next", "próxima";
    ThirdAppointment: "third next", "tercera";
    AtLeast: "at least", "como mínimo";
    AtMost: "at most", "como máximo";
    FreeByDayNote: "A day on which no publisher was heard is a gap, not a zero. A slot counts once, however many can be booked in it.",
        "Un día en que no se leyó ninguna fuente es un hueco, no un cero. Cada horario cuenta una vez, aunque admita varias citas.";
    FreeNote: "Appointments and windows of hours or days. Publishers whose data were too old are not known, not empty. What belongs to two values counts for both.",
        "Citas y franjas de horas o días. Si los datos de una fuente eran demasiado viejos, no se sabe: no es que no tenga nada. Lo que pertenece a dos valores cuenta en ambos.";
    PlacesNote: "One provider at one place of one publisher is a place. Publishers whose data were too old are left out. A place without a slot may still take patients by phone.",
        "Un profesional en un lugar de una fuente cuenta como un lugar. Se omiten las fuentes con datos demasiado viejos. Un lugar sin horarios puede atender por teléfono.";
    LeadNote: "Of each place with each of its specialties that has such an appointment; those without one are not in the median, nor are windows of hours or days.",
        "De cada lugar con cada una de sus especialidades que tiene tal cita; los que no la tienen no están en la mediana, ni las franjas de horas o días.";
    FatesNote: "At least: listed as taken when they started. At most: those that were no longer listed as well, which may have been booked or withdrawn. Unknown fates are left out.",
        "Como mínimo: figuraban como ocupadas al empezar. Como máximo: también las que ya no figuraban, que pudieron reservarse o retirarse. Se omite lo que no se sabe.";
    LifetimeNote: "Of appointments that went before their start, from when they were first seen free; wrong by up to the time between two readings.",
        "De las citas que se fueron antes de empezar, desde que se vieron libres por primera vez; el error llega al tiempo entre dos lecturas.";
    GapsNote: "A gap that has not ended is in no figure: the page of publishers tells since when each is silent.",
        "Un hueco que no ha terminado no está en ninguna cifra: la página de fuentes dice desde cuándo calla cada una.";

    // Times.
    JustNow: "less than a minute ago", "hace menos de un minuto";
    MinuteAgo: "1 minute ago", "hace 1 minuto";
    MinutesAgo: "{} minutes ago", "hace {} minutos";
    HourAgo: "1 hour ago", "hace 1 hora";
    HoursAgo: "{} hours ago", "hace {} horas";
    DayAgo: "1 day ago", "hace 1 día";
    DaysAgo: "{} days ago", "hace {} días";
    SomeTimeOn: "some time on {}", "en algún momento del {}";
    SomeTimeFrom: "some time from {} to {}", "en algún momento del {} al {}";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_message_has_the_same_gaps_in_both_languages() {
        for message in Say::ALL {
            let [english, spanish] = message.texts();
            assert!(!english.is_empty() && !spanish.is_empty(), "{message:?}");
            assert_eq!(english.matches("{}").count(), spanish.matches("{}").count(), "{message:?}");
            assert_eq!(english.ends_with('.'), spanish.ends_with('.'), "{message:?}");
        }
    }

    #[test]
    fn what_is_said_in_english_is_not_said_in_spanish() {
        let same_in_both = BTreeSet::from(["API", "Virtual", "{} mi", "N"]);
        let same = Say::ALL.iter().map(|message| message.texts()).filter(|[english, spanish]| english == spanish);
        assert_eq!(same.map(|[english, _]| english).collect::<BTreeSet<_>>(), same_in_both);
    }
}
