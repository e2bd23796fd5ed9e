"""Reading member documents, those of a newer build as far as they can be understood. Pure."""

import msgspec

from pos_loyalty.core.members import Member

_decode = msgspec.json.Decoder(Member).decode
_decode_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_FIELDS = {
    field.encode_name: (field.name, msgspec.json.Decoder(field.type)) for field in msgspec.structs.fields(Member)
}


def read_member(document: bytes) -> Member:
    """Return the member; without the fields that hold something this build does not know.

    A customer is greeted by name although a newer hub has words for the rest.

    Raises:
        msgspec.DecodeError: the document is not JSON, or names no member.
    """
    try:
        return _decode(document)
    except msgspec.ValidationError:
        return _what_can_be_read(document)


def _what_can_be_read(document: bytes) -> Member:
    known = {}
    for encoded, part in _decode_parts(document).items():
        if encoded in _FIELDS:
            name, decoder = _FIELDS[encoded]
            try:
                known[name] = decoder.decode(part)
            except msgspec.ValidationError:
                continue
    if "member_id" not in known:
        raise msgspec.ValidationError("a member without an id")
    return Member(**known)
