//! Lists of revoked certificates, from `sslcrl`, `sslcrldir` or `~/.postgresql/root.crl`.
//!
//! The TLS library checks signatures, dates and numbers; here the lists are read and chosen.

use std::fs;
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateRevocationListDer, UnixTime};
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;
use x509_cert::der::Decode;
use x509_cert::name::Name;

use super::error::TlsSetupError;
use crate::database::parameters::encryption::RevocationSource;

/// What the files of [`RevocationSource`] contain, in messages.
const WHAT: &str = "list of revoked certificates";

/// Lists of revoked certificates.
#[derive(Debug)]
pub(super) struct RevocationLists {
    lists: Vec<RevocationList>,
    /// The files, for messages.
    pub(super) files: String,
    /// Lists that cannot be used, for messages; as in libpq a list matters only where its issuer signed a certificate.
    pub(super) unusable: Vec<String>,
}

#[derive(Debug)]
struct RevocationList {
    issuer: Name,
    /// In seconds since 1970.
    this_update: u64,
    next_update: u64,
    list: CertRevocationList<'static>,
}

impl RevocationLists {
    /// Reads the lists; none where the source is the default file and it does not exist.
    pub(super) fn load(
        source: &RevocationSource,
    ) -> Result<Option<RevocationLists>, TlsSetupError> {
        let (file, directory) = match source {
            RevocationSource::None => return Ok(None),
            RevocationSource::DefaultFile(file) if !file.exists() => return Ok(None),
            RevocationSource::DefaultFile(file) => (Some(file), None),
            RevocationSource::Named { file, directory } => (file.as_ref(), directory.as_ref()),
        };
        let names = file.into_iter().chain(directory).map(|path| path.display().to_string());
        let files = names.collect::<Vec<_>>().join(" and ");
        let mut lists = RevocationLists { lists: Vec::new(), files, unusable: Vec::new() };
        if let Some(file) = file {
            lists.read_file(file)?;
        }
        if let Some(directory) = directory {
            lists.read_directory(directory)?;
        }
        Ok(Some(lists))
    }

    fn read_file(&mut self, file: &Path) -> Result<(), TlsSetupError> {
        let refused =
            |problem: String| TlsSetupError::File { what: WHAT, file: file.to_owned(), problem };
        let found = CertificateRevocationListDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| refused(error.to_string()))?;
        if found.is_empty() {
            return Err(refused("it contains no list in PEM form".to_owned()));
        }
        for (at, der) in found.iter().enumerate() {
            match RevocationList::parse(der) {
                Ok(list) => self.lists.push(list),
                Err(problem) => {
                    self.unusable.push(format!("list {} of {} {problem}", at + 1, file.display()));
                }
            }
        }
        Ok(())
    }

    /// Reads all files that are named as `openssl rehash` names them: `0a1b2c3d.r0`.
    fn read_directory(&mut self, directory: &Path) -> Result<(), TlsSetupError> {
        let refused = |error: std::io::Error| TlsSetupError::File {
            what: "directory of lists of revoked certificates",
            file: directory.to_owned(),
            problem: error.to_string(),
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(directory).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            if entry.file_name().to_str().is_some_and(is_hashed_name) {
                files.push(entry.path());
            }
        }
        // For messages in a fixed order.
        files.sort();
        files.iter().try_for_each(|file| self.read_file(file))
    }

    /// The lists that are valid already: those that have not expired first, and of these the newest, as the library
    /// uses the first list of an issuer.
    pub(super) fn valid(&self, now: UnixTime) -> Vec<&CertRevocationList<'static>> {
        let now = now.as_secs();
        let mut valid: Vec<&RevocationList> =
            self.lists.iter().filter(|list| list.this_update <= now).collect();
        valid.sort_by_key(|list| (list.next_update <= now, u64::MAX - list.this_update));
        valid.into_iter().map(|list| &list.list).collect()
    }

    /// Whether the issuer of a certificate has a list here.
    pub(super) fn cover(&self, certificate: &Certificate) -> bool {
        self.lists.iter().any(|list| list.issuer == certificate.tbs_certificate.issuer)
    }

    /// Whether a list of the issuer of a certificate contains it.
    pub(super) fn contain(&self, certificate: &Certificate) -> bool {
        let serial = certificate.tbs_certificate.serial_number.as_bytes();
        let mut lists =
            self.lists.iter().filter(|list| list.issuer == certificate.tbs_certificate.issuer);
        // The library compares the bytes of the encoding, which may have a leading zero. Where a list cannot be
        // searched, the certificate counts as revoked.
        let with_zero = [&[0], serial].concat();
        lists.any(|list| {
            [serial, &with_zero].iter().any(|one| !matches!(list.list.find_serial(one), Ok(None)))
        })
    }
}

impl RevocationList {
    fn parse(der: &CertificateRevocationListDer<'_>) -> Result<RevocationList, &'static str> {
        const NOT_VERSION_2: &str =
            "is not of version 2 with a next update (openssl ca needs crlnumber for version 2)";
        let list = OwnedCertRevocationList::from_der(der).map_err(|_| NOT_VERSION_2)?;
        let parts = CertificateList::from_der(der).map_err(|_| "is damaged")?.tbs_cert_list;
        let next_update = parts.next_update.ok_or(NOT_VERSION_2)?;
        Ok(RevocationList {
            issuer: parts.issuer,
            this_update: parts.this_update.to_unix_duration().as_secs(),
            next_update: next_update.to_unix_duration().as_secs(),
            list: list.into(),
        })
    }
}

/// Whether a file name is a hash of eight hexadecimal digits, `.r` and a number.
fn is_hashed_name(name: &str) -> bool {
    name.split_once(".r").is_some_and(|(hash, number)| {
        hash.len() == 8
            && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}
