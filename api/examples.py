"""What callers send, by example: shown in `/openapi.json`, and tried against the running product by the drills."""

from typing import Any

HOME = {"province": "01", "ward": "00070", "detail": "Số 12, phố Hàng Bạc"}
KINH = {"ethnicity": "Kinh", "nationality": "Việt Nam"}
MOTHER = {"full_name": "Trần Thị Lan", "personal_id": "001192000123"}
FATHER = {"full_name": "Nguyễn Văn Nam", "personal_id": "001090000456"}
SON = FATHER
WIDOW = {"full_name": "Trần Thị Mai", "personal_id": "001152000321"}

BIRTH: dict[str, Any] = {
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
DEATH: dict[str, Any] = {
    "group": "death",
    "channel": "online",
    "office": "00070",
    "applicant": {**SON, "relation": "child", "phone": "0912345678"},
    "declaration": {
        "deceased": {
            "surname": "Nguyễn",
            "middle_name": "Văn",
            "given_name": "Hòa",
            "sex": "male",
            "born_on": "1948-09-02",
            "personal_id": "001048000789",
            **KINH,
        },
        "last_residence": {"kind": "permanent", "address": HOME},
        "died_at": "2026-07-02T04:30:00+07:00",
        "place_of_death": {"province": "01", "facility": "Bệnh viện Hữu Nghị", "detail": "Bệnh viện Hữu Nghị, Hà Nội"},
        "cause": "Bệnh lý",
        "death_notice": {"number": "123/2026/GBT", "issued_on": "2026-07-02", "issuer": "Bệnh viện Hữu Nghị"},
        "procedures": ["death_registration", "residence_removal", "funeral", "survivor"],
        "household_head": {**WIDOW, "relation": "Chồng"},
        "benefits": {
            "categories": ["merit", "social_insurance"],
            "merit": {
                "allowances": [{"category": "war_invalid", "monthly": 3_012_000}],
                "decision": "215/QĐ-LĐTBXH",
                "managed_by": "00070",
            },
            "insurance": {"status": "pensioner", "number": "0123456789"},
            "recipient": {
                "kind": "person",
                "name": SON["full_name"],
                "personal_id": SON["personal_id"],
                "relation": "child",
            },
            "payment": {"method": "bank", "bank": "Agribank", "account": "8300205001234", "holder": "NGUYEN VAN NAM"},
            "burial": {"buried_on": "2026-07-04", "place": "Nghĩa trang Văn Điển, Hà Nội"},
            "survivors": [{**WIDOW, "born_on": "1952-03-08", "relation": "spouse", "residence": HOME}],
        },
        "copies": 2,
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
PREPARATION = {"document_sha256": "0" * 64}
SIGNATURES = {
    "method": "remote",
    "pin": "246810",
    "items": [
        {"task": "G22.99.08-260703-000001.signature.birth_certificate.1", "document_sha256": "0" * 64},
        {"task": "G22.99.08-260703-000002.signature.birth_certificate.1", "document_sha256": "1" * 64},
    ],
}
CLAIM = {"from": "clerk-sample"}
HAND_OVER = {"to": "chair-sample", "reason": "Nghỉ phép từ ngày mai"}
CHOICE = {
    "choice": "pay-again",
    "reason": "Số tài khoản cũ đã đóng, gia đình xin nhận tiền mặt",
    "payment": {"method": "cash", "place": "Bộ phận một cửa phường"},
}
REVERSAL = {
    "order": {
        "number": "15/QĐ-UBND",
        "issued_on": "2026-08-12",
        "issuer": "Ủy ban nhân dân phường Hoàn Kiếm",
        "reason": "Người được báo tử còn sống",
    }
}
RESOLUTION: dict[str, Any] = {"decision": "retry", "reason": "Đã trao đổi với cơ quan"}
ACT_PREVIEW: dict[str, Any] = {"act": "again", "leg": "residence"}
ACT: dict[str, Any] = {
    "act": "record_result",
    "leg": "personal_id",
    "reason": "Công an phường trả kết quả bằng văn bản",
    "result": {"personal_id": "001326000789"},
    "evidence": {"name": "van-ban.pdf", "content_base64": "JVBERi0xLjcK"},
}
REOPENING: dict[str, Any] = {"legs": ["residence"], "reason": "Cơ quan cư trú không có hồ sơ"}
APPROVAL: dict[str, Any] = {"decision": "approve", "reason": "Đã đối chiếu văn bản", "asked_hash": "0" * 64}
UNMASKING: dict[str, Any] = {"reason": "Cơ quan hỏi lại họ tên người mẹ"}
REPLAY: dict[str, Any] = {
    "selection": {"cause": "request-rejected", "agency": "residence", "from": "2026-11-20T00:00:00+07:00"},
    "act": "again",
    "reason": "Cơ quan cư trú đã sửa danh mục đơn vị",
    "rate": 2,
}
REPLAY_APPROVAL: dict[str, Any] = {
    "decision": "approve",
    "reason": "Đã xem mẫu mười hồ sơ",
    "selection_hash": "0" * 64,
}
REPLAY_ORDER: dict[str, Any] = {"order": "rate", "rate": 5, "reason": "Cơ quan đã ổn định"}
QUESTION: dict[str, Any] = {"text": "Hồ sơ báo cơ quan cư trú không nhận, chúng tôi cần làm gì?"}
ANSWER: dict[str, Any] = {"text": "Cơ quan đang sửa danh mục; hồ sơ sẽ tự gửi lại.", "cause": "unit-unknown"}
ADVICE: dict[str, Any] = {
    "cause": "unit-unknown",
    "agency": "residence",
    "title": "Mã xã mới chưa có trong danh mục",
    "text": "Báo cơ quan bổ sung mã xã rồi làm lại; không cần nộp lại hồ sơ.",
}
RECONCILIATION: dict[str, Any] = {"agency": "residence", "day": "2026-11-21"}
SEARCH = {"name": "nguyen minh anh"}
WEBHOOK = {"url": "https://portal.example/calls", "events": ["accepted", "returned"]}
CALLBACK: dict[str, Any] = {
    "message_id": "msg_2b1c",
    "reference": "YC-000123",
    "dossier": "G22.99.08-260703-000001",
    "step": "issue_id",
    "answer": {"outcome": "granted", "result": {"personal_id": "001326000789"}},
}
