import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

// What peers that were there before a restart say of it; see `Engine+Reclaim`.

/// Bytes that a worker may say before its clients are back. What it has to say beyond is read when
/// the time to come back is over.
private let earlyBytes = 16 << 20

extension Intake {
    /// What a ticket of ours makes of a request; nil where it is a new one. That of a daemon whose
    /// time is over claims no place, and still says that the request had begun.
    func claim(_ submit: SubmitView, by connection: Connection) -> Claim? {
        guard let bytes = submit.ticket,
            let place = tickets?.place(
                of: Ticket(checked: bytes), from: connection.link.credentials.user)
        else { return nil }
        let counts = heritage?.contains(place.instance) ?? true
        return Claim(
            request: counts ? place.request : RequestID(rawValue: 0), attempt: submit.attempt,
            chunks: submit.chunks)
    }

    /// Whether a FETCH may be answered: the ticket that it brings, if any, is ours for that request.
    /// Whose time is over as a claim proves this still.
    func isEntitled(_ fetch: SluiceWire.Fetch, by connection: Connection) -> Bool {
        guard let ticket = fetch.ticket else { return true }
        let place = tickets?.place(of: ticket, from: connection.link.credentials.user)
        return place?.request == fetch.request
    }

    /// Says of a request what would be said if there were none.
    func refuse(
        _ fetch: SluiceWire.Fetch, _ number: RequestNumber, _ connection: Connection
    ) {
        let message = text(
            for: .unknownRequest, Refusal(place: "\(fetch.request)", depth: 0))
        connection.link.answer { out in
            ClientEvent.outcome(number, OutcomeReport(.unknownRequest, message: message))
                .encode(into: &out)
        }
    }

    mutating func hold(_ grant: GrantID, _ holding: Holding, by connection: Connection) {
        guard holding.instance != tickets?.instance else {
            // What ran before this connection has an outcome already, or went to another worker:
            // the end of a connection is the worker's death.
            return connection.link.answer { out in
                WorkerOrder.revoke(grant, item: nil).encode(into: &out)
            }
        }
        connection.isReclaiming = isGathering
        let items = holding.items.map { item in
            HeldBatch.Item(
                request: item.request.rawValue == 0 ? nil : item.request, attempt: item.attempt)
        }
        events.append(
            .holding(
                connection.worker, grant,
                HeldBatch(
                    function: holding.function, items: items, devices: holding.devices)))
    }
}

extension Edge {
    /// Keeps what the engine keeps within bounds.
    mutating func countEarly(_ count: Int, of connection: Connection) {
        guard connection.isReclaiming, intake.isGathering else { return }
        connection.earlyBytes += count
        guard connection.earlyBytes > earlyBytes, !connection.isHeldBack else { return }
        connection.isHeldBack = true
        markDirty(connection)
    }

    /// The time to come back is over.
    mutating func endGathering() {
        intake.isGathering = false
        for connection in connections.all where connection.isReclaiming {
            connection.isReclaiming = false
            guard connection.isHeldBack else { continue }
            connection.isHeldBack = false
            markDirty(connection)
        }
    }

    /// Whether a worker may still have an answer that its client did not take, or not know that it
    /// need not keep it.
    var hasUnconfirmed: Bool {
        connections.all.contains {
            !$0.unconfirmed.isEmpty || ($0.role == .worker && $0.link.waitingBytes > 0)
        }
    }
}
