import SluiceModel

/// The waiting requests of a queue in order, made to answer "how many are ahead of this one?".
///
/// Numbers are given out in order of admission, so a set of numbers is an order. They are kept
/// as bits: words of 64 neighbouring numbers, sorted, and over the words' populations a Fenwick
/// tree (P. Fenwick, "A new data structure for cumulative frequency tables", 1994), which sums a
/// prefix in O(log n). Appending and removing are O(log n) too. Words that became empty stay
/// until they are the majority and are then swept out together, so that a request that waits
/// for ever does not keep the traces of those that passed it: amortised O(1) for each.
///
/// While all are in one word, as in a queue where few wait, there is that word and nothing else.
///
/// The one operation that is not is putting back a number whose word was swept out, O(n / 64):
/// it happens when a worker dies, not when a request comes or goes.
struct PlaceIndex {
    /// The only word and its key, while there are no others.
    private var onlyKey: UInt64 = 0
    private var onlyWord: UInt64 = 0
    private(set) var count = 0
    private var keys: [UInt64] = []
    private var words: [UInt64] = []
    private var tree: [Int32] = []
    private var emptyWords = 0
    /// Words kept, empty ones included: what it costs in memory.
    var wordCount: Int { isOneWord ? 1 : words.count }
    private var isOneWord: Bool { keys.isEmpty }

    private static let sweepThreshold = 32

    mutating func insert(_ request: RequestID) {
        let key = request.rawValue >> 6
        defer { count += 1 }
        if isOneWord {
            guard onlyWord != 0, onlyKey != key else {
                precondition(onlyWord & request.bit == 0, "the request is in the index already")
                (onlyKey, onlyWord) = (key, onlyWord | request.bit)
                return
            }
            append(key: onlyKey, word: onlyWord)
        }
        if let last = keys.last, last >= key {
            insertBehindTail(key: key, bit: request.bit)
        } else {
            append(key: key, word: request.bit)
        }
    }

    mutating func remove(_ request: RequestID) {
        if isOneWord { return removeFromOnlyWord(request) }
        guard let position = position(of: request.rawValue >> 6) else {
            preconditionFailure("request \(request) is not in its queue's index")
        }
        precondition(words[position] & request.bit != 0, "request \(request) was removed before")
        words[position] &= ~request.bit
        add(-1, at: position)
        count -= 1
        guard words[position] == 0 else { return }
        emptyWords += 1
        if count == 0 { return becomeOneWord() }
        sweepIfWorthwhile()
    }

    private mutating func removeFromOnlyWord(_ request: RequestID) {
        precondition(
            onlyKey == request.rawValue >> 6 && onlyWord & request.bit != 0,
            "request \(request) is not in its queue's index")
        onlyWord &= ~request.bit
        count -= 1
    }

    /// Nothing is left, and what comes begins in one word again.
    private mutating func becomeOneWord() {
        keys.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
        tree.removeAll(keepingCapacity: true)
        (onlyWord, emptyWords) = (0, 0)
    }

    /// How many requests lie before this one.
    func rank(of request: RequestID) -> Int {
        if isOneWord { return onlyWord.population(below: request, in: onlyKey) }
        let position = lowerBound(of: request.rawValue >> 6)
        let before = sum(before: position)
        guard position < keys.count else { return before }
        return before + words[position].population(below: request, in: keys[position])
    }

    func contains(_ request: RequestID) -> Bool {
        if isOneWord { return onlyKey == request.rawValue >> 6 && onlyWord & request.bit != 0 }
        guard let position = position(of: request.rawValue >> 6) else { return false }
        return words[position] & request.bit != 0
    }

    /// The first requests after a given one, in order.
    func requests(after start: RequestID?, limit: Int) -> [RequestID] {
        var found: [RequestID] = []
        let lowest = start.map { $0.rawValue &+ 1 } ?? 0
        func collect(_ whole: UInt64, _ key: UInt64) {
            guard key >= lowest >> 6 else { return }
            var word = key == lowest >> 6 ? whole & (~0 << (lowest & 63)) : whole
            while word != 0, found.count < limit {
                found.append(RequestID(rawValue: key << 6 | UInt64(word.trailingZeroBitCount)))
                word &= word &- 1
            }
        }
        if isOneWord { collect(onlyWord, onlyKey) }
        var position = lowerBound(of: lowest >> 6)
        while position < keys.count, found.count < limit {
            collect(words[position], keys[position])
            position += 1
        }
        return found
    }

    // MARK: Words

    private func lowerBound(of key: UInt64) -> Int {
        // Nearly every look-up is at one end of the line.
        guard let first = keys.first, let last = keys.last else { return 0 }
        if key <= first { return 0 }
        if key == last { return keys.count - 1 }
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) >> 1
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func position(of key: UInt64) -> Int? {
        let position = lowerBound(of: key)
        return position < keys.count && keys[position] == key ? position : nil
    }

    private mutating func append(key: UInt64, word: UInt64) {
        keys.append(key)
        words.append(word)
        appendToTree(Int32(word.nonzeroBitCount))
    }

    private mutating func insertBehindTail(key: UInt64, bit: UInt64) {
        let position = lowerBound(of: key)
        guard keys[position] == key else {
            keys.insert(key, at: position)
            words.insert(bit, at: position)
            rebuildTree()
            return
        }
        precondition(words[position] & bit == 0, "the request is in the index already")
        if words[position] == 0 { emptyWords -= 1 }
        words[position] |= bit
        add(1, at: position)
    }

    private mutating func sweepIfWorthwhile() {
        guard emptyWords >= Self.sweepThreshold, emptyWords * 2 > words.count else { return }
        var kept = 0
        for position in words.indices where words[position] != 0 {
            keys[kept] = keys[position]
            words[kept] = words[position]
            kept += 1
        }
        keys.removeLast(keys.count - kept)
        words.removeLast(words.count - kept)
        emptyWords = 0
        rebuildTree()
    }

    // MARK: The tree; node i (from 1) sums the words (i - lowest bit of i, i].

    private mutating func appendToTree(_ population: Int32) {
        let node = tree.count + 1
        var sum = population
        var child = 1
        while child < node & -node {
            sum += tree[node - child - 1]
            child <<= 1
        }
        tree.append(sum)
    }

    private mutating func rebuildTree() {
        tree.removeAll(keepingCapacity: true)
        for word in words { appendToTree(Int32(word.nonzeroBitCount)) }
    }

    private mutating func add(_ change: Int32, at position: Int) {
        var node = position + 1
        while node <= tree.count {
            tree[node - 1] += change
            node += node & -node
        }
    }

    private func sum(before position: Int) -> Int {
        var node = position
        var sum: Int32 = 0
        while node > 0 {
            sum += tree[node - 1]
            node &= node - 1
        }
        return Int(sum)
    }
}

extension RequestID {
    fileprivate var bit: UInt64 { 1 << (rawValue & 63) }
}

extension UInt64 {
    /// How many bits of this word come before a request, if it is not all of them or none.
    fileprivate func population(below request: RequestID, in key: UInt64) -> Int {
        let wanted = request.rawValue >> 6
        guard wanted == key else { return wanted < key ? 0 : nonzeroBitCount }
        return (self & (request.bit &- 1)).nonzeroBitCount
    }
}
