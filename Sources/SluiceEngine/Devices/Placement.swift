import SluiceModel

/// The devices of one batch. Nearly always there is none or one, and that costs no allocation.
struct Placement: Hashable {
    private var first = Index<Device>.none
    private var others: [Index<Device>] = []

    init() {}

    init(_ devices: some Sequence<Index<Device>>) {
        for device in devices { append(device) }
    }

    mutating func append(_ device: Index<Device>) {
        if first.isNone { first = device } else { others.append(device) }
    }

    var isEmpty: Bool { first.isNone }
    var count: Int { first.isNone ? 0 : 1 + others.count }

    subscript(position: Int) -> Index<Device> { position == 0 ? first : others[position - 1] }

    func contains(_ device: Index<Device>) -> Bool {
        !isEmpty && (first == device || others.contains(device))
    }

    var all: [Index<Device>] { isEmpty ? [] : [first] + others }
}

/// Where a batch could run, and how large it may be there.
struct Seat {
    var placement: Placement
    /// Requests that fit.
    var most: Int
    /// Batches that run there already.
    var load: Int

    /// On no device at all.
    static let anywhere = Seat(placement: Placement(), most: .max, load: 0)
}
