"""Certificates as they come in life: good, of another name, expired, not valid yet, signed by themselves."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)
_START = datetime(2026, 1, 1, tzinfo=UTC)


_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority(NamedTuple):
    """Who signs."""

    key: EllipticCurvePrivateKey
    certificate: x509.Certificate

    def write(self, path: Path) -> Path:
        """Write the certificate for tills to trust."""
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return path


def authority() -> Authority:
    """Return a new one."""
    key = generate_private_key(SECP256R1())
    name = _name("an authority of a test")
    built = _builder(name, name, key, _START, _START + 3_650 * _DAY)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    built = built.add_extension(_USAGE, critical=True)
    return Authority(key, built.sign(key, hashes.SHA256()))


def server_context(
    folder: Path, *, signer: Authority | None, host: str = "127.0.0.1", days: tuple[int, int]
) -> ssl.SSLContext:
    """Return what a server shows: for ``host``, valid from and to these days after 2026-01-01; None signs itself."""
    key = generate_private_key(SECP256R1())
    subject = _name(host)
    issuer = signer.certificate.subject if signer else subject
    built = _builder(subject, issuer, key, _START + days[0] * _DAY, _START + days[1] * _DAY)
    names: list[x509.GeneralName] = [_general(host)]
    built = built.add_extension(x509.SubjectAlternativeName(names), critical=False)
    # Python 3.13 insists on it (RFC 5280, 4.2.1.1).
    of_signer = x509.AuthorityKeyIdentifier.from_issuer_public_key((signer.key if signer else key).public_key())
    built = built.add_extension(of_signer, critical=False)
    certificate = built.sign(signer.key if signer else key, hashes.SHA256())
    chain = folder / "server.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(pem + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
