import SluiceModel

extension OpenAPI {
    static let schemas: Value = [
        "Error": [
            "type": "object", "required": ["error"],
            "properties": [
                "error": [
                    "type": "object", "required": ["code", "message"],
                    "properties": [
                        "code": ["type": "string"], "message": ["type": "string"],
                        "retry_after": ["type": "number"],
                    ],
                ]
            ],
        ],
        "Event": [
            "type": "object", "required": ["event", "id", "data"],
            "properties": [
                "event": ["enum": .array(EventKind.allCases.map { .string($0.rawValue) })],
                "id": eventID, "data": ["type": "string", "contentMediaType": "application/json"],
            ],
        ],
        "Function": [
            "type": "object",
            "required": [
                "name", "concurrency_id", "description", "parameters", "batch", "max_batch_size",
                "streams", "waiting", "running", "workers",
            ],
            "properties": [
                "name": text, "concurrency_id": text, "description": ["type": ["string", "null"]],
                "parameters": [
                    "type": ["array", "null"], "items": ref("Parameter"),
                    "description": "Null where its worker said nothing of them.",
                ],
                "returns": .bool(true), "batch": truth, "max_batch_size": count, "streams": truth,
                "waiting": count, "running": count, "workers": count,
            ],
        ],
        "Parameter": [
            "type": "object", "required": ["name", "kind"],
            "properties": [
                "name": text,
                "kind": [
                    "enum": .array(Parameter.Kind.allCases.map { .string($0.rawValue) })
                ],
                "default": .bool(true),
            ],
        ],
        "Request": [
            "type": "object", "required": ["id", "state", "detached", "attempt", "chunks"],
            "properties": [
                "id": text, "function": text, "detached": truth, "attempt": count, "chunks": count,
                "state": [
                    "enum": .array(
                        ["waiting", "running"] + Outcome.allCases.map { .string($0.rawValue) })
                ],
                "events": text, "result": text, "warning": text,
                "code": text, "message": text,
                "rank": count, "waiting": count, "held": truth,
                "eta": [
                    "type": "object", "required": ["p50", "p90"],
                    "properties": ["p50": perhaps, "p90": perhaps],
                    "description": "Seconds until it ends; null where nobody can tell.",
                ],
                "progress": [
                    "type": "object", "required": ["done", "total", "unit", "description"],
                    "properties": [
                        "done": count, "total": perhaps, "unit": text, "description": text,
                    ],
                ],
            ],
        ],
    ]

    private static let text: Value = ["type": "string"]
    private static let truth: Value = ["type": "boolean"]
    private static let count: Value = ["type": "number", "minimum": 0]
    private static let perhaps: Value = ["type": ["number", "null"]]
}
