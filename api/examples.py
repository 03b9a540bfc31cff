"""What callers send, by example: shown in `/openapi.json`, and tried against the running product by the drills."""

from typing import Any

HOME = {"province": "01", "ward": "00070", "detail": "Số 12, phố Hàng Bạc"}
KINH = {"ethnicity": "Kinh", "nationality": "Việt Nam"}
MOTHER = {"full_name": "Trần Thị Lan", "personal_id": "001192000123"}
FATHER = {"full_name": "Nguyễn Văn Nam", "personal_id": "001090000456"}

FILING: dict[str, Any] = {
    "group": "birth",
    "channel": "online",
    "office": "00070",
    "applicant": {**FATHER, "relation": "father", "phone": "0912345678", "email": "nam@vidu.example"},
    "declaration": {
        "case": "both_parents",
        "birth_notice": {"code": "00123.GCS.01007.26", "issued_on": "2026-07-03"},
        "child": {
            "surname": "Nguyễn",
            "middle_name": "Minh",
            "given_name": "Anh",
            "sex": "female",
            "born_on": "2026-07-02",
            "born_at": "08:15",
            "place_of_birth": {
                "facility": "Bệnh viện Phụ sản",
                "province": "01",
                "detail": "Bệnh viện Phụ sản, Hà Nội",
            },
            "hometown": {"province": "38", "detail": "Thanh Hóa"},
            **KINH,
        },
        "mother": {**MOTHER, "born_on": "1992-05-20", **KINH, "residence": HOME},
        "father": {**FATHER, "born_on": "1990-01-31", **KINH, "residence": HOME},
        "marriage": {"number": "15/2020", "book": "2020", "registered_on": "2020-02-14"},
        "residence": {
            "case": "parents_own",
            "place": HOME,
            "household_head": {**FATHER, "relation": "Con"},
            "consent": "not_needed",
        },
        "health_insurance": {"facility": "01007"},
        "copies": 1,
        "delivery": "electronic",
        "undertaking": True,
    },
    "attachments": [],
}
SUPPLEMENT = {
    "request": "G22.99.08-260703-000001.supplement.1",
    "declaration": {"child": {"middle_name": None}},
    "attachments": [],
}
WITHDRAWAL = {"reason": "Gia đình nộp lại ở nơi khác", "legs": ["residence"]}
REVIEW = {"decision": "supplement", "reason": "Ảnh chụp bị mờ", "documents": ["marriage-certificate"]}
REMOTE = {"method": "remote", "document_sha256": "0" * 64, "pin": "246810"}
TOKEN = {"method": "token", "document_sha256": "0" * 64, "signed_pdf": "JVBERi0xLjcK"}
RESOLUTION = {"decision": "retry", "reason": "Đã trao đổi với cơ quan"}
SEARCH = {"name": "nguyen minh anh"}
WEBHOOK = {"url": "https://portal.example/calls", "events": ["accepted", "returned"]}
CALLBACK: dict[str, Any] = {
    "message_id": "msg_2b1c",
    "reference": "YC-000123",
    "dossier": "G22.99.08-260703-000001",
    "step": "issue_id",
    "answer": {"outcome": "granted", "result": {"personal_id": "001326000789"}},
}
