"""The station's own certificate authority: made at first run, pinned by receivers at enrolment."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from runtime.files import write_whole

CA_LIFE = timedelta(days=20 * 365)
LEAF_LIFE = timedelta(days=5 * 365)
RENEW_BEFORE = timedelta(days=365)
BACKDATED = timedelta(days=1)
"""A receiver's clock may be a little slow."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The files of the authority and of the certificate that the server shows."""

    folder: Path

    @property
    def ca_certificate(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def ca_key(self) -> Path:
        return self.folder / "ca-key.pem"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        return self.folder / "server-key.pem"

    def create(self, *, name: str, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            _builder(subject, subject, key.public_key(), now=now, life=CA_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        write_whole(self.ca_key, _private_pem(key), mode=0o600)
        write_whole(self.ca_certificate, certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, *, hosts: tuple[str, ...], now: datetime) -> bool:
        """Make the server's certificate anew where it is missing, soon over or does not hold for `hosts`."""
        if self.certificate.exists() and self.key.exists() and not self._is_due(hosts, now):
            return False
        ca = x509.load_pem_x509_certificate(self.ca_certificate.read_bytes())
        ca_key = serialization.load_pem_private_key(self.ca_key.read_bytes(), password=None)
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
        certificate = (
            _builder(subject, ca.subject, key.public_key(), now=now, life=LEAF_LIFE)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        write_whole(self.key, _private_pem(key), mode=0o600)
        write_whole(self.certificate, certificate.public_bytes(serialization.Encoding.PEM))
        return True

    def _is_due(self, hosts: tuple[str, ...], now: datetime) -> bool:
        leaf = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return leaf.not_valid_after_utc - now < RENEW_BEFORE or not {_general_name(h) for h in hosts} <= set(names)

    def certificate_sha256(self) -> str:
        """Of the server's certificate as receivers see it (DER)."""
        leaf = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        return sha256(leaf.public_bytes(serialization.Encoding.DER)).hexdigest()

    def ca_fingerprint(self) -> str:
        ca = x509.load_pem_x509_certificate(self.ca_certificate.read_bytes())
        return sha256(ca.public_bytes(serialization.Encoding.DER)).hexdigest()

    def client_context(self) -> ssl.SSLContext:
        """For our own connections: this authority and no other."""
        return ssl.create_default_context(cafile=self.ca_certificate)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
    )


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
