//! The address of the service, as its answers name it.

use axum::http::{HeaderMap, header};
use openslots_model::{PublicId, ResourceKind};

use crate::ApiState;

/// The address of the service without a slash at its end.
#[derive(Debug, Clone)]
pub(crate) struct ServiceBase(String);

impl ServiceBase {
    /// As it is configured, else as the client called it.
    pub(crate) fn of(state: &ApiState, headers: &HeaderMap) -> Self {
        if let Some(url) = state.base_url() {
            return Self(url.as_str().trim_end_matches('/').to_owned());
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let is_legal = |host: &&str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte));
        Self(format!("http://{}", host.filter(is_legal).unwrap_or("localhost")))
    }

    /// The address itself.
    pub(crate) fn service(&self) -> &str {
        &self.0
    }

    /// Where FHIR lives.
    pub(crate) fn fhir(&self) -> String {
        format!("{}/fhir", self.0)
    }

    /// The address of a resource.
    pub(crate) fn resource(&self, kind: ResourceKind, id: PublicId) -> String {
        format!("{}/fhir/{kind}/{id}", self.0)
    }
}
