"""Sign the examples of docs/protocol.md anew: `python -m tests.protocol.renew`, after a change of a message.

What people edit are the JSON examples; compact forms, proofs, hashes and packed bytes are made from them.
"""

import base64
import json
import textwrap
from collections.abc import Callable
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import OKPKey

from protocol import enrolment, messages, rundown, signing
from tests.protocol import examples

WIDTH = 100


class Page:
    """The document while it is rewritten; each edit sees the ones before."""

    def __init__(self, text: str) -> None:
        self.text = text

    def json(self, name: str) -> dict[str, Any]:
        (found,) = (e for e in examples.examples(self.text) if (e.language, e.name) == ("json", name))
        return found.json

    def put(self, language: str, name: str, content: str) -> None:
        def replace(match: Any) -> str:
            same = match.group(1) == language and match.group(2) == name
            return f"```{language} {name}\n{content.rstrip()}\n```" if same else str(match.group(0))

        self.text = examples.FENCE.sub(replace, self.text)

    def edit(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        found = self.json(name)
        change(found)
        self.put("json", name, _laid_out(found))

    def put_wrapped(self, language: str, name: str, token: str) -> None:
        self.put(language, name, "\n".join(textwrap.wrap(token, WIDTH, break_on_hyphens=False)))


def _laid_out(value: dict[str, Any]) -> str:
    """One line where it fits, else a field a line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= WIDTH:
        return line
    fields = [f"  {json.dumps(k)}: {_indented(v)}" for k, v in value.items()]
    return "{\n" + ",\n".join(fields) + "\n}"


def _indented(value: Any) -> str:
    line = json.dumps(value, ensure_ascii=False)
    many_lines = json.dumps(value, ensure_ascii=False, indent=2)
    return line if len(line) <= WIDTH else textwrap.indent(many_lines, "  ").lstrip()


def _key(page: Page, name: str) -> OKPKey:
    """The published key, made at the first run."""
    found = page.json(f"published-test-key={name}")
    if not found["x"]:
        found = dict(signing.generate_key().as_dict(private=True))
        found = {field: found[field] for field in ("kty", "crv", "x", "d")}
        page.put("json", f"published-test-key={name}", _laid_out(found))
    return OKPKey.import_key({field: str(value) for field, value in found.items()})


def _public(key: OKPKey) -> dict[str, Any]:
    return {field: value for field, value in signing.public(key).items() if field in {"kty", "crv", "x"}}


def renew(text: str) -> str:
    page = Page(text)
    root, key = _key(page, "root"), _key(page, "signing")
    page.edit("Certificate", lambda found: found.update(key=_public(key)))
    statement = page.json("Certificate")
    certificate = jws.serialize_compact(
        {"alg": signing.ALGORITHM, "kid": root.thumbprint()},
        json.dumps(statement, separators=(",", ":")).encode(),
        root,
        algorithms=[signing.ALGORITHM],
    )
    page.put_wrapped("jws", "Certificate", certificate)
    head, packed = rundown.pack(messages.Rundown.model_validate(page.json("Rundown")))
    page.put_wrapped("base64", "Rundown", base64.b64encode(packed).decode())
    page.edit("claims RundownHead", lambda found: found.update(body=head.model_dump(mode="json")))
    signer = signing.Signer(key, certificate, statement["epoch"])
    for body in (messages.RundownHead, messages.Config, messages.TimeReply):
        claims = page.json(f"claims {body.__name__}")
        token = signer.sign(
            body.model_validate(claims["body"]),
            audience=claims["audience"],
            sequence=claims["sequence"],
            issued=datetime.fromisoformat(claims["issued"]),
            expires=datetime.fromisoformat(claims["expires"]),
        )
        page.put_wrapped("jws", body.__name__, token.decode())
    _prove(page, root)
    return page.text


def _prove(page: Page, root: OKPKey) -> None:
    page.edit("Identity", lambda found: found.update(roots=[_public(root)]))
    request = page.json("EnrolRequest")
    code_key = enrolment.key_of(enrolment.normalised(examples.of("text", "enrolment-code").text))
    shown = {"nonce": request["nonce"], "certificate_sha256": request["certificate_sha256"]}
    proof = enrolment.proof(code_key, side="receiver", content=request["software_version"], **shown)
    page.edit("EnrolRequest", lambda found: found.update(proof=proof))
    identity = enrolment.Identity.model_validate(page.json("Identity")).model_dump_json()
    answer = enrolment.proof(code_key, side="server", content=identity, **shown)
    page.edit("EnrolReply", lambda found: found.update(identity=identity, proof=answer))


if __name__ == "__main__":
    examples.DOCUMENT.write_text(renew(examples.DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
