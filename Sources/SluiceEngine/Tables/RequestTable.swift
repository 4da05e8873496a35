import SluiceModel

/// Finds the row of a live request by its number.
///
/// Numbers are given out one after the other, so neighbours are looked up, and end, together:
/// they share a page, and only pages are hashed. Four bytes for each request, a page for 64 of
/// them; a page goes when its last request does, so one that stays keeps 64 places and no more.
struct RequestTable: ~Copyable {
    // Not private: the compiler (6.3) cannot take its metadata to where the table ends, else.
    struct Page {
        var rows = InlineArray<64, Int32>(repeating: -1)
        var count = 0
    }

    /// Numbers without the bits that say where in the page.
    struct Key: Numbered { let rawValue: UInt64 }

    private var pages = Slab<Page>()
    private var pagesByKey: [Key: Index<Page>] = [:]
    /// The page that was used last: of a burst nearly every look-up is in it.
    private var recent: (key: Key, page: Index<Page>) = (Key(rawValue: .max), .none)

    private(set) var count = 0

    subscript(request: RequestID) -> Index<Request>? {
        guard let page = page(of: request) else { return nil }
        let row = pages[page].rows[request.seat]
        return row < 0 ? nil : Index(Int(row))
    }

    mutating func insert(_ request: RequestID, _ index: Index<Request>) {
        let page = page(of: request) ?? addPage(of: request)
        precondition(pages[page].rows[request.seat] < 0, "request \(request) is in the table")
        pages[page].rows[request.seat] = index.offset
        pages[page].count += 1
        count += 1
    }

    mutating func remove(_ request: RequestID) {
        guard let page = page(of: request), pages[page].rows[request.seat] >= 0 else {
            preconditionFailure("request \(request) is not in the table")
        }
        pages[page].rows[request.seat] = -1
        pages[page].count -= 1
        count -= 1
        let key = Key(rawValue: request.rawValue >> 6)
        recent = (key, page)
        guard pages[page].count == 0 else { return }
        pagesByKey[key] = nil
        pages.free(page)
        recent = (Key(rawValue: .max), .none)
    }

    private func page(of request: RequestID) -> Index<Page>? {
        let key = Key(rawValue: request.rawValue >> 6)
        return recent.key == key ? recent.page : pagesByKey[key]
    }

    private mutating func addPage(of request: RequestID) -> Index<Page> {
        let key = Key(rawValue: request.rawValue >> 6)
        // A page that was freed is empty again, as it has to be.
        let page = pages.claim(orAppend: Page())
        pagesByKey[key] = page
        recent = (key, page)
        return page
    }
}

extension RequestID {
    fileprivate var seat: Int { Int(rawValue & 63) }
}
