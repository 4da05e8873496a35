import SluiceModel

@testable import SluiceWire

extension WorkerMessage {
    var inWords: [String: JSON] {
        switch self {
        case .declare(let declaration): declaration.inWords
        case .ready(let slots): ["slots": .count(slots)]
        case .started(_, let started): ["item": itemInWords(started)]
        case .progress(_, let item, let progress): with(item, progress.inWords)
        case .log(_, let item, let line): with(item, line.inWords)
        case .chunk(_, let item, let chunk): with(item, chunk.inWords)
        case .result(_, let item, let payload): with(item, payload.attributedInWords)
        case .failed(_, let item, let failure): with(item, failure.inWords)
        case .outOfMemory(_, let message): ["message": .string(message)]
        case .holding(_, let holding): holding.inWords
        case .bind(let binding): binding.inWords
        case .link(let message): message.inWords
        }
    }

    private func with(_ item: Int, _ fields: [String: JSON]) -> [String: JSON] {
        fields.merging(["item": .count(item)]) { a, _ in a }
    }
}

extension FunctionDeclaration {
    var inWords: [String: JSON] {
        let settings = declaration.settings
        return [
            "function": .string(declaration.function),
            "attributes": attributes([
                "queue_timeout": settings.queueTimeout?.inWords,
                "exec_timeout": settings.execTimeout?.inWords,
                "concurrency_id": settings.concurrencyID.map { .string($0) },
                "concurrency_limit": settings.concurrencyLimit.map { limit in
                    limit.number.map { .count($0) } ?? "none"
                },
                "batch": settings.batch.map { .bool($0) },
                "max_batch_size": settings.maxBatchSize.map { .count($0) },
                "max_batch_delay": settings.maxBatchDelay?.inWords,
                "retry": settings.retry.map { .string($0.rawValue) },
                "restartable": settings.restartable.map { .bool($0) },
                "expected_duration": settings.expectedDuration?.inWords,
                "cancel_grace": settings.cancelGrace?.inWords,
                "max_attempts": settings.maxAttempts.map { .count($0) },
                "memory": settings.memory.map { .count($0) },
                "memory_per_item": settings.memoryPerItem.map { .count($0) },
                "device_count": settings.deviceCount.map { .count($0) },
                "exclusive": settings.exclusive.map { .bool($0) },
                "signature": signature.map { .string(hex($0)) },
                "description": description.map { .string($0) },
            ]),
        ]
    }
}

extension Failure {
    var inWords: [String: JSON] {
        let fields: [String: JSON] = [
            "failure": reason == .raised ? "raised" : "stopped", "message": .string(message),
        ]
        return payload.attributedInWords.merging(fields) { a, _ in a }
    }
}

extension Holding {
    var inWords: [String: JSON] {
        let words: [String: JSON] = [
            "instance": .string("\(instance)"), "function": .string(function),
            "items": .array(
                items.map { item in
                    [
                        "request": .count(item.request.rawValue),
                        "attempt": .count(item.attempt),
                    ]
                }),
        ]
        // Left out where there are none, and so is what they are called.
        guard !devices.isEmpty else { return words }
        return words.merging(["attributes": ["devices": strings(devices)]]) { a, _ in a }
    }
}

extension Binding {
    var inWords: [String: JSON] {
        [
            "count": .count(count),
            "attributes": attributes([
                "memory": memory.map { .count($0) },
                "exclusive": exclusive ? .bool(true) : nil,
                "held": isHeld ? .bool(true) : nil,
                "devices": devices.isEmpty ? nil : strings(devices),
            ]),
        ]
    }
}

extension Bound {
    var inWords: [String: JSON] {
        [
            "devices": strings(devices),
            "attributes": attributes([
                "environment": environment.isEmpty ? nil : strings(environment)
            ]),
        ]
    }
}

private func strings(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }

extension WorkerOrder {
    var inWords: [String: JSON] {
        switch self {
        case .declared(let declared):
            [
                "function": .string(declared.function), "queue": .string(declared.queue),
                "attributes": attributes(["warning": declared.warning.map { .string($0) }]),
            ]
        case .bound(let bound): bound.inWords
        case .grant(_, let count, let function, let devices):
            [
                "count": .count(count), "function": .string(function),
                "attributes": attributes(["devices": devices.isEmpty ? nil : strings(devices)]),
            ]
        case .item(_, let item):
            item.payload.attributedInWords.merging([
                "index": .count(item.index), "attempt": .count(item.attempt),
                "request": .count(item.request.rawValue),
            ]) { a, _ in a }
        case .revoke(_, let revoked): ["item": itemInWords(revoked)]
        case .acknowledge(_, let acknowledged): ["item": itemInWords(acknowledged)]
        case .drain: [:]
        case .pause(_, let item), .resume(_, let item): ["item": .count(item)]
        case .link(let message): message.inWords
        }
    }
}
