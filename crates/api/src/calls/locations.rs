//! Where a place of the directory is.

use openslots_fhir::resource::Resource;
use openslots_model::{Position, PublicId, ResourceKind};

use crate::blocking::run_blocking;
use crate::{ApiState, Error};

/// The position of a Location, published or of its ZIP code: `None` for a Location that is not held, `Some(None)` where it
/// is not known.
pub(crate) async fn position_of_location(state: &ApiState, id: PublicId) -> Result<Option<Option<Position>>, Error> {
    run_blocking(state, move |state| {
        let Some(json) = state.store().resource_json(id)? else { return Ok(None) };
        Ok(match Resource::parse(ResourceKind::Location, &json) {
            Ok(Resource::Location(location)) => Some(openslots_directory::join::position_of_location(&location)),
            _ => None,
        })
    })
    .await
}
