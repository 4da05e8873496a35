/// Users and groups, by name or number.
extension Rule where Value == Set<UInt32> {
    static var users: Self {
        let expected = "a list of user names and uids, such as [\"alice\", 1000]"
        return Rule(expected) { (value, accounts) throws(Mismatches) in
            guard case .array(let elements) = value else {
                throw Mismatches(expected: expected, found: value)
            }
            return try read(elements, accounts)
        }
    }

    /// Every element that is wrong is reported, and so is a user named twice: one of the two
    /// was surely meant to be somebody else.
    private static func read(_ elements: [TOML], _ accounts: AccountLookup) throws(Mismatches)
        -> Value
    {
        var users: Value = []
        var wrong: [Mismatches.Mismatch] = []
        for (index, element) in elements.enumerated() {
            do {
                let user = try account(
                    element, expected: "a user's name or uid", number: "uid", accounts.user)
                if !users.insert(user).inserted {
                    let message = "\(element.found) is uid \(user), which the list already names"
                    wrong.append(Mismatches.Mismatch(element: index, message: message))
                }
            } catch {
                wrong += error.all.map {
                    Mismatches.Mismatch(element: index, message: $0.message)
                }
            }
        }
        guard wrong.isEmpty else { throw Mismatches(wrong) }
        return users
    }
}

extension Rule where Value == UInt32 {
    static var group: Self {
        let expected = "a group's name or gid"
        return Rule(expected) { (value, accounts) throws(Mismatches) in
            try account(value, expected: expected, number: "gid", accounts.group)
        }
    }
}

private func account(
    _ value: TOML, expected: String, number: String, _ lookUp: (String) -> AccountLookup.Lookup
) throws(Mismatches) -> UInt32 {
    switch value {
    // The highest number is the kernel's "nobody in particular", (uid_t)-1.
    case .integer(let id) where id >= 0 && id < UInt32.max:
        return UInt32(id)
    case .string(let name):
        switch lookUp(name) {
        case .found(let id): return id
        case .unknown:
            let isNumber = UInt32(name) != nil
            let hint = isNumber ? "write a \(number) without quotes" : "this machine has none such"
            throw Mismatches(expected: expected, found: value, hint: hint)
        case .failed(let code):
            let hint = "looking it up failed (\(ErrorNumber(code))); a \(number) needs no look-up"
            throw Mismatches(expected: expected, found: value, hint: hint)
        }
    case .integer, .float, .boolean, .date, .array, .table:
        throw Mismatches(expected: expected, found: value)
    }
}
