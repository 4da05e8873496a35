// The document that describes the API, for programs that make clients of it. It says every answer
// that there is: what is not in it is a fault, which the conformance tests look for.

public enum OpenAPI {
    /// The document, in version 3.1 of OpenAPI.
    public static func document(version: String) -> Value {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Sluice", "version": .string(version),
                "description": """
                Functions of models behind one queue. Errors are \
                {"error":{"code","message"}} everywhere.
                """,
            ],
            "paths": [
                "/v1/openapi.json": ["get": openAPI],
                "/v1/functions": ["get": functions],
                "/v1/functions/{name}": ["parameters": [functionName], "get": function],
                "/v1/functions/{name}/requests": ["parameters": [functionName], "post": submit],
                "/v1/requests/{id}": [
                    "parameters": [requestID], "get": state, "delete": cancel,
                ],
                "/v1/requests/{id}/result": ["parameters": [requestID], "get": result],
                "/v1/requests/{id}/events": ["parameters": [requestID], "get": events],
            ],
            "components": ["schemas": schemas],
        ]
    }

    // MARK: Operations

    private static let openAPI: Value = [
        "operationId": "openapi", "summary": "This document",
        "responses": ["200": json("It.", ["type": "object"])],
    ]

    private static let functions: Value = [
        "operationId": "functions", "summary": "The functions that there are",
        "responses": with(
            [503],
            [
                "200": json(
                    "All of them, by name.",
                    [
                        "type": "object", "required": ["functions"],
                        "properties": ["functions": ["type": "array", "items": ref("Function")]],
                    ])
            ]),
    ]

    private static let function: Value = [
        "operationId": "function", "summary": "One function",
        "responses": with([404, 503], ["200": json("It.", ref("Function"))]),
    ]

    private static let submit: Value = [
        "operationId": "submit", "summary": "Ask for a function",
        "description": """
        Answered once the daemon has taken the request in. Of JSON, a list is positional \
        arguments, an object with no other keys than args and kwargs is both, another object is \
        keywords, and anything else is one argument; text and bytes are one argument. A request \
        that is not detached is called off when nobody asked for it for a minute. The id of one \
        that is detached stays good, over restarts, too.
        """,
        "parameters": .array(
            both("detached", ["type": "boolean"], "Whether it outlives whoever asked for it.")
                + RequestTerms.spans.flatMap { both($0) } + both(RequestTerms.wait)),
        "requestBody": [
            "required": false,
            "content": [
                "application/json": ["schema": .bool(true)],
                "text/plain": ["schema": ["type": "string"]],
                "application/octet-stream": ["schema": bytes],
                "application/x-sluice-json": ["schema": bytes],
            ],
        ],
        "responses": with(
            outcomes + [400, 403, 413, 415, 429],
            [
                "200": resultAnswer, "202": located(json("Taken in.", ref("Request"))),
            ]),
    ]

    private static let state: Value = [
        "operationId": "state", "summary": "How a request is",
        "responses": with([404, 429, 503], ["200": json("So.", ref("Request"))]),
    ]

    private static let cancel: Value = [
        "operationId": "cancel", "summary": "Call a request off",
        "responses": with(
            [404, 429, 503],
            [
                "200": json("It had ended before.", ref("Request")),
                "202": json("It will end, and may end otherwise.", ref("Request")),
            ]),
    ]

    private static let result: Value = [
        "operationId": "result", "summary": "The result of a request",
        "description": """
        As the function gave it; an envelope of arrays and bytes is turned into JSON for who \
        does not accept application/x-sluice-json. If there is none, the refusal of the request.
        """,
        "parameters": .array(both(RequestTerms.wait)),
        "responses": with(
            outcomes + [400, 429],
            ["200": resultAnswer, "202": located(json("Not yet.", ref("Request")))]),
    ]

    private static let events: Value = [
        "operationId": "events", "summary": "What becomes of a request, as it happens",
        "description": """
        Server-sent events from the beginning: admitted, status, started, progress, log, chunk, \
        outcome, error and gap. Each has an id; with the last in Last-Event-ID the stream goes on \
        behind it, also at another gateway if the request is detached, but that what was logged, \
        and how far it had come, is not told again there. A gap says that something is not kept. \
        The last is outcome, or error where the gateway hears no more of it. A comment comes \
        now and then as a sign of life.
        """,
        "parameters": [
            parameter("Last-Event-ID", in: "header", eventID, "Where to go on."),
            parameter("last_event_id", in: "query", eventID, "The same."),
        ],
        "responses": with(
            [400, 404, 429, 503],
            [
                "200": [
                    "description": "Until it ends.",
                    "content": ["text/event-stream": ["schema": ref("Event")]],
                ],
                "204": ["description": "All was told, the outcome too: do not come back."],
            ]),
    ]

    // MARK: Pieces

    /// What may become of a request: statuses of `Refusal`.
    private static let outcomes = [404, 409, 500, 501, 502, 503, 504]

    private static let bytes: Value = ["type": "string", "format": "binary"]
    static let eventID: Value = [
        "type": "string", "pattern": "^[0-9a-f]{1,16}-[0-9]{1,18}-[0-9]{1,9}-[0-9]{1,18}$",
    ]

    private static let functionName: Value = parameter(
        "name", in: "path", ["type": "string", "pattern": "^[!-.0-~]{1,128}$"],
        "Of the function.", isRequired: true)

    private static let requestID: Value = parameter(
        "id", in: "path", ["type": "string", "minLength": 1], "As it was given.",
        isRequired: true)

    private static func parameter(
        _ name: String, in place: String, _ schema: Value, _ about: String,
        isRequired: Bool = false
    ) -> Value {
        [
            "name": .string(name), "in": .string(place), "schema": schema,
            "description": .string(about), "required": .bool(isRequired),
        ]
    }

    /// In the query, or in a header.
    private static func both(_ name: String, _ schema: Value, _ about: String) -> [Value] {
        [
            parameter(name, in: "query", schema, about),
            parameter(
                RequestTerms.header(name), in: "header", schema, "As \(name) in the query."),
        ]
    }

    private static func both(_ span: RequestTerms.Span) -> [Value] {
        let schema: Value = [
            "type": "number", "minimum": .number(span.least), "maximum": .number(span.most),
        ]
        return both(span.name, schema, span.about)
    }

    private static let resultAnswer: Value = [
        "description": "The result, in the content type that the function gave it.",
        "headers": ["Location": location],
        "content": ["*/*": ["schema": .bool(true)]],
    ]

    private static let location: Value = [
        "description": "Where the request is found.", "schema": ["type": "string"],
    ]

    private static func located(_ answer: Value) -> Value {
        var fields = answer.objectValue ?? [:]
        fields["headers"] = ["Location": location]
        return .object(fields)
    }

    static func json(_ about: String, _ schema: Value) -> Value {
        [
            "description": .string(about),
            "content": ["application/json": ["schema": schema]],
        ]
    }

    static func ref(_ name: String) -> Value {
        ["$ref": .string("#/components/schemas/\(name)")]
    }

    private static func with(_ statuses: [Int], _ answers: [String: Value]) -> Value {
        var all = answers
        for status in statuses + [405] {
            var answer = json(Self.meaning[status] ?? "", ref("Error")).objectValue ?? [:]
            if [429, 503].contains(status) { answer["headers"] = ["Retry-After": retryAfter] }
            all["\(status)"] = .object(answer)
        }
        return .object(all)
    }

    private static let retryAfter: Value = [
        "description": "Seconds after which trying again makes sense, where that is known.",
        "schema": ["type": "integer"],
    ]

    private static let meaning = [
        400: "What was said makes no sense.", 403: "Not for this caller.",
        404: "There is no such function, request or path.", 405: "Not with this method.",
        409: "It was called off.", 413: "The body is too large.",
        415: "The body is of no type that is known.", 429: "This caller has too many requests.",
        500: "The function failed.", 501: "The daemon is not set up for this.",
        502: "The worker died.", 503: "Not now: full, draining, or the daemon is away.",
        504: "A time that was set passed.",
    ]
}
