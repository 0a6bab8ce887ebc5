//! Keys of stand-ins: made when they are first asked for, and gone with the process.

use std::sync::LazyLock;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rsa::{
    RsaPrivateKey,
    pkcs1::EncodeRsaPublicKey as _,
    pkcs8::{EncodePrivateKey as _, LineEnding},
    rand_core::UnwrapErr,
};

/// What Google's service accounts have.
const RSA_BITS: usize = 2_048;

/// A pair of RSA keys, as service accounts sign with.
pub(super) struct RsaKeys {
    /// The private one, as PEM.
    pub(super) private_pem: String,
    /// The private one, as DER of PKCS#8.
    pub(super) private_der: Vec<u8>,
    /// The public one, as DER of PKCS#1.
    pub(super) public_der: Vec<u8>,
}

/// The keys of all service accounts of this process.
pub(super) static SERVICE_ACCOUNT: LazyLock<RsaKeys> = LazyLock::new(rsa_keys);

/// Another pair, for whoever needs two.
pub(super) static SECOND: LazyLock<RsaKeys> = LazyLock::new(rsa_keys);

fn rsa_keys() -> RsaKeys {
    let key = RsaPrivateKey::new(&mut UnwrapErr(getrandom::SysRng), RSA_BITS);
    let key = key.expect("the system has randomness");
    RsaKeys {
        private_pem: key.to_pkcs8_pem(LineEnding::LF).expect("a key is written").to_string(),
        private_der: key.to_pkcs8_der().expect("a key is written").as_bytes().to_vec(),
        public_der: key.to_public_key().to_pkcs1_der().expect("a key is written").into_vec(),
    }
}

/// A server's certificate, its key, and the authority that vouches for it, as PEM.
pub(super) struct Tls {
    pub(super) authority: String,
    pub(super) certificate: String,
    pub(super) key: String,
}

/// What servers on the loopback address of this process show.
pub(super) static LOOPBACK: LazyLock<Tls> =
    LazyLock::new(|| loopback().expect("the system has randomness"));

fn loopback() -> Result<Tls, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names)?.signed_by(&key, &authority)?;
    Ok(Tls { authority: authority.pem(), certificate: certificate.pem(), key: key.serialize_pem() })
}
