//! Requests to addresses that users name: calendars to read, endpoints to tell something. Under the address policy, and
//! without redirects: nobody is sent on to where they may not go.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Response, Url};

use crate::address::{Reach, check_url};
use crate::error::Error;
use crate::fetch::{cause_of, client_builder};
use crate::limits::CrawlLimits;

/// Sends and reads small things.
#[derive(Debug, Clone)]
pub struct Messenger {
    client: Client,
    reach: Reach,
}

impl Messenger {
    /// A messenger that gives up after so long. Where the operator says so, it goes to private addresses too.
    ///
    /// # Errors
    /// Where this machine can make no HTTP client.
    pub fn new(limits: &CrawlLimits, timeout: Duration, allows_private: bool) -> Result<Self, Error> {
        rustls::crypto::ring::default_provider().install_default().ok();
        let reach = if allows_private { Reach::Anywhere } else { Reach::PublicOnly };
        let client = client_builder(limits, reach).timeout(timeout).build().map_err(Error::Client)?;
        Ok(Self { client, reach })
    }

    /// What is behind an address, up to so many bytes.
    ///
    /// # Errors
    /// Why it could not be read, for people and without the address.
    pub async fn read(&self, url: &Url, max_bytes: usize) -> Result<Vec<u8>, String> {
        check_url(url, self.reach).map_err(|error| error.to_string())?;
        read_body(self.client.get(url.clone()).send().await.map_err(cause_of)?, max_bytes).await
    }

    /// Posts something; good is whatever the server answers with success.
    ///
    /// # Errors
    /// Why it was not taken, for people and without the address.
    pub async fn post(&self, url: &Url, headers: HeaderMap, body: String) -> Result<(), String> {
        succeeded(self.send(url, headers, body).await?).map(drop)
    }

    /// The same, with what the server answers, up to so many bytes.
    ///
    /// # Errors
    /// Why it was not taken or answered, for people and without the address.
    pub async fn post_and_read(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: String,
        max_bytes: usize,
    ) -> Result<Vec<u8>, String> {
        read_body(self.send(url, headers, body).await?, max_bytes).await
    }

    async fn send(&self, url: &Url, headers: HeaderMap, body: String) -> Result<Response, String> {
        check_url(url, self.reach).map_err(|error| error.to_string())?;
        self.client.post(url.clone()).headers(headers).body(body).send().await.map_err(cause_of)
    }
}

fn succeeded(answer: Response) -> Result<Response, String> {
    let status = answer.status();
    if status.is_success() { Ok(answer) } else { Err(format!("the server answers {status}")) }
}

async fn read_body(answer: Response, max_bytes: usize) -> Result<Vec<u8>, String> {
    let mut answer = succeeded(answer)?;
    let mut read = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(cause_of)? {
        if read.len() + chunk.len() > max_bytes {
            return Err(format!("it has more than {max_bytes} bytes"));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}
