"""DingTalk's and Feishu's robots, and a gateway for SMS and calls: each checks what the vendor checks.

DingTalk: 300005 token, 310000 sign or keyword, 400105 type, 460101 too long, 410100 above 20 a minute (10 minutes).
Feishu: 19001 hook, 19021 sign, 19024 keyword, 9499 form or above 100 a minute. Gateway: our contract, 202 with provider_id.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

from facility.domain.notice import ChannelSpec
from simulators.answers import Letter, Request, Vendor, VendorAnswer, as_text, first_address
from simulators.signed import secret_of as signing_key
from simulators.signed import signed

LONGEST = 20_000  # bytes of a body
HOUR = 3600.0
AT = re.compile(r'<at user_id="([^"]*)">[^<]*</at>')
Taken = tuple[VendorAnswer, Letter | None]


def dingtalk(code: int, words: str = "ok") -> VendorAnswer:
    """DingTalk's form."""
    return VendorAnswer(200, {"errcode": code, "errmsg": words})


def feishu(code: int, words: str = "success", status: int = 200) -> VendorAnswer:
    """Feishu's form."""
    return VendorAnswer(status, {"code": code, "msg": words, "data": {}})


def gateway(status: int, code: str, retry: bool | int = False) -> VendorAnswer:
    """An error in the form of our contract."""
    return VendorAnswer(status, {"code": code, "retry": retry})


def address_of(spec: ChannelSpec) -> str:
    """The channel's address, from the site file or its own file; empty when that is missing."""
    if spec.url or spec.url_file is None or not spec.url_file.exists():
        return spec.url
    return spec.url_file.read_text(encoding="utf-8").strip()


def secret_of(spec: ChannelSpec) -> str:
    """The text of the secret file; empty without one."""
    try:
        return spec.secret_file.read_text(encoding="utf-8").strip() if spec.secret_file else ""
    except OSError:
        return ""


def _whose_token(specs: Mapping[str, ChannelSpec], request: Request) -> str:
    token = f"access_token={request.query.get('access_token') or '-'}"
    return next((id for id, spec in specs.items() if address_of(spec).endswith(token)), "")


def _whose_hook(specs: Mapping[str, ChannelSpec], request: Request) -> str:
    return next((id for id, spec in specs.items() if address_of(spec).rpartition("/")[2] == (request.hook or "-")), "")


def _take_dingtalk(spec: ChannelSpec, request: Request) -> Taken:
    document = request.document
    if len(request.body) > LONGEST:
        return dingtalk(460101, "message too long"), None
    if document is None:
        return dingtalk(40035, "not JSON"), None
    secret, sent = secret_of(spec), request.query.get("timestamp", "")
    mac = hmac.new(secret.encode(), f"{sent}\n{secret}".encode(), hashlib.sha256)
    if secret and not (_fresh(sent, 1000, request) and _same(mac, request.query.get("sign", ""))):
        return dingtalk(310000, "sign not match"), None
    kind = document.get("msgtype")
    part = document.get(str(kind))
    if kind not in ("markdown", "text") or not isinstance(part, dict):
        return dingtalk(400105, "unsupported msgtype"), None
    text = as_text(part.get("text" if kind == "markdown" else "content"))
    if spec.text("keyword") not in text + as_text(part.get("title")):
        return dingtalk(310000, "keywords not in content"), None
    at = document.get("at")
    named = [*_list(at, "atMobiles"), *_list(at, "atUserIds")]
    to = ", ".join(name for name in named if f"@{name}" in text)
    return dingtalk(0), Letter(to, text, first_address(text), as_text(document.get("msgUuid")))


def _take_feishu(spec: ChannelSpec, request: Request) -> Taken:
    document = request.document
    if document is None or len(request.body) > LONGEST:
        return feishu(9499, "Bad Request", 400), None
    secret, sent = secret_of(spec), as_text(document.get("timestamp"))
    mac = hmac.new(f"{sent}\n{secret}".encode(), b"", hashlib.sha256)
    if secret and not (_fresh(sent, 1, request) and _same(mac, as_text(document.get("sign")))):
        return feishu(19021, "sign match fail or timestamp is not within one hour from current time"), None
    content = document.get("content")
    text = as_text(content.get("text")) if isinstance(content, dict) else ""
    if document.get("msg_type") != "text" or not text:
        return feishu(9499, "Bad Request", 400), None
    if spec.text("keyword") not in text:
        return feishu(19024, "Key Words Not Found"), None
    return feishu(0), Letter(", ".join(AT.findall(text)), AT.sub(r"@\1", text), first_address(text))


def _whose_signature(specs: Mapping[str, ChannelSpec], request: Request) -> str:
    fits = (id for id, spec in specs.items() if signed(signing_key(spec), request.headers, request.body, request.now))
    return next(fits, "")


def _take_gateway(spec: ChannelSpec, request: Request) -> Taken:
    document = request.document or {}
    params, to = document.get("params"), as_text(document.get("to"))
    if document.get("kind") not in ("sms", "voice") or not isinstance(params, dict) or not document.get("id"):
        return gateway(400, "request"), None
    if not re.fullmatch(r"\+?[0-9]{5,15}", to):
        return gateway(400, "number"), None
    id, text = as_text(document["id"]), as_text(params.get("text"))
    answer = VendorAnswer(202, {"provider_id": hashlib.sha256(id.encode()).hexdigest()[:12]})
    return answer, Letter(to, text, as_text(params.get("link")), id)


def _fresh(sent: str, scale: int, request: Request) -> bool:
    digits = sent.isascii() and sent.isdigit() and len(sent) < 16
    return digits and abs(request.now.timestamp() - int(sent) / scale) < HOUR


def _same(mac: "hmac.HMAC", given: str) -> bool:
    return hmac.compare_digest(base64.b64encode(mac.digest()), given.encode())


def _list(part: object, name: str) -> list[str]:
    found = part.get(name) if isinstance(part, dict) else None
    return [str(item) for item in found] if isinstance(found, list) else []


def _gateway_vendor() -> Vendor:
    return Vendor(
        _whose_signature,
        gateway(401, "signature"),
        _take_gateway,
        gateway(400, "template"),
        gateway(429, "limit", 30),
    )


VENDORS: Mapping[str, Vendor] = {
    "dingtalk_robot": Vendor(
        _whose_token,
        dingtalk(300005, "token is not exist"),
        _take_dingtalk,
        dingtalk(400102, "robot is stopped"),
        dingtalk(410100, "send too fast"),
        20,
        600.0,
    ),
    "feishu_robot": Vendor(
        _whose_hook,
        feishu(19001, "param invalid: incoming webhook access token invalid"),
        _take_feishu,
        feishu(19007, "Bot Not Enabled"),
        feishu(9499, "too many request", 400),
        100,
    ),
    "sms_gateway": _gateway_vendor(),
    "voice_gateway": _gateway_vendor(),
}
