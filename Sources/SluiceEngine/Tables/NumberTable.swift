import SluiceModel

/// Finds the rows of the clients' live requests by the numbers that the clients gave them.
///
/// One table for all clients: one that asks for a single thing costs no table of its own, and one
/// that asked for much leaves none behind. Most clients count, so numbers that differ in the last
/// four bits share a page, whose rows fill a cache line, and only pages are hashed: five bytes for
/// each request, and a table that is sixteen times shorter when it doubles. Who does not count has
/// a page for each request, about a hundred bytes.
struct NumberTable: ~Copyable {
    // Not private: the compiler (6.3) cannot take its metadata to where the table ends, else.
    struct Page {
        var rows = InlineArray<16, Int32>(repeating: -1)
        var number: UInt64
        /// Its neighbours among the pages of the client.
        var previous = Index<Page>.none
        var next = Index<Page>.none
        var count: Int32 = 0
    }

    /// A client, and its number without the bits that say where in the page.
    struct Key: Hashable {
        let client: Index<Client>
        let number: UInt64

        /// As for `Numbered`, with another factor for each client, so that nobody can make the
        /// numbers of several clients collide, either.
        func _rawHashValue(seed: Int) -> Int {
            let own = (Int(client.offset) &+ 1) &* 0x2545_f491_4f6c_dd1d
            return RequestNumber(rawValue: number)._rawHashValue(seed: seed ^ own)
        }
    }

    /// What a client has of it.
    struct Share {
        fileprivate(set) var count = 0
        fileprivate var first = Index<Page>.none
        /// The page that was used last: of a burst nearly every look-up is in it.
        fileprivate var recent = (number: UInt64.max, page: Index<Page>.none)
    }

    private var pages = Slab<Page>()
    private var pagesByKey: [Key: Index<Page>] = [:]

    /// The row of a client's live request.
    func row(
        of number: RequestNumber, _ client: Index<Client>, _ share: borrowing Share
    ) -> Index<Request>? {
        guard let page = page(of: number, client, share) else { return nil }
        let row = pages[page].rows[number.seat]
        return row < 0 ? nil : Index(Int(row))
    }

    mutating func insert(
        _ number: RequestNumber, _ index: Index<Request>, _ client: Index<Client>,
        _ share: inout Share
    ) {
        let page = page(of: number, client, share) ?? addPage(of: number, client, &share)
        precondition(pages[page].rows[number.seat] < 0, "number \(number) is in the table")
        pages[page].rows[number.seat] = index.offset
        pages[page].count += 1
        share.recent = (number.group, page)
        share.count += 1
    }

    mutating func remove(
        _ number: RequestNumber, _ client: Index<Client>, _ share: inout Share
    ) {
        guard let page = page(of: number, client, share), pages[page].rows[number.seat] >= 0
        else { preconditionFailure("number \(number) is not in the table") }
        pages[page].rows[number.seat] = -1
        pages[page].count -= 1
        share.recent = (number.group, page)
        share.count -= 1
        if pages[page].count == 0 { free(page, client, &share) }
    }

    /// Every row of a client, in no order that means anything.
    func rows(of share: borrowing Share) -> [Index<Request>] {
        var found: [Index<Request>] = []
        found.reserveCapacity(share.count)
        var page = share.first
        while !page.isNone {
            for seat in 0..<16 where pages[page].rows[seat] >= 0 {
                found.append(Index(Int(pages[page].rows[seat])))
            }
            page = pages[page].next
        }
        return found
    }

    // MARK: Pages

    @inline(__always)
    private func page(
        of number: RequestNumber, _ client: Index<Client>, _ share: borrowing Share
    ) -> Index<Page>? {
        if share.recent.number == number.group { return share.recent.page }
        return share.count == 0 ? nil : pagesByKey[Key(client: client, number: number.group)]
    }

    private mutating func addPage(
        of number: RequestNumber, _ client: Index<Client>, _ share: inout Share
    ) -> Index<Page> {
        // A page that was freed is empty again, as it has to be.
        let page = pages.claim(orAppend: Page(number: number.group))
        pages[page].number = number.group
        pages[page].previous = .none
        pages[page].next = share.first
        if !share.first.isNone { pages[share.first].previous = page }
        share.first = page
        pagesByKey[Key(client: client, number: number.group)] = page
        return page
    }

    private mutating func free(
        _ page: Index<Page>, _ client: Index<Client>, _ share: inout Share
    ) {
        let (previous, next) = (pages[page].previous, pages[page].next)
        if previous.isNone { share.first = next } else { pages[previous].next = next }
        if !next.isNone { pages[next].previous = previous }
        pagesByKey[Key(client: client, number: pages[page].number)] = nil
        share.recent = (.max, .none)
        pages.free(page)
    }
}

extension RequestNumber {
    fileprivate var group: UInt64 { rawValue >> 4 }
    fileprivate var seat: Int { Int(rawValue & 15) }
}
