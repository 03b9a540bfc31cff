"""How a package of results is named and packed for any receiver."""

import base64
import hashlib
import json

from contracts.agencies import HandOver

TYPES = {"birth_certificate": "KQ.G15.000031", "death_extract": "KQ.G15.000034", "results": "KQ.G22.000001"}
"""Result types of the national catalogue (domain.md B.7); the closing list has a number of our own."""
NAMES = {
    "birth_certificate": "Giấy khai sinh (bản điện tử)",
    "death_extract": "Trích lục khai tử (bản điện tử)",
    "results": "Kết quả thủ tục liên thông",
}


def packed(request: HandOver, pdf: bytes | None) -> tuple[str, str, str]:
    """Content in base64, its SHA-256 and its file name: the signed PDF, or the closing list as JSON."""
    if pdf is not None:
        return base64.b64encode(pdf).decode(), request.sha256 or "", f"{request.kind}-{request.version}.pdf"
    told = json.dumps([result.model_dump(mode="json") for result in request.results], sort_keys=True).encode()
    return base64.b64encode(told).decode(), hashlib.sha256(told).hexdigest(), "results.json"
