import Testing

@testable import SluiceDaemon

@Suite("Lines of keys")
struct KeyLinesTests {
    @Test("A key is found under its header, dotted, quoted and in an inline table")
    func spellings() {
        let lines = KeyLines(
            """
            # comment = 1
            [queue.gpu]
            max_size = 1

            [ function . "a.b" ]  # [not.this]
            batch = true
            'c'.d = 2
            e = { f = 1, g = { h = 2 } }
            "\\u0069\\t" = 3
            """)
        #expect(lines[["queue"]] == 2)
        #expect(lines[["queue", "gpu"]] == 2)
        #expect(lines[["queue", "gpu", "max_size"]] == 3)
        #expect(lines[["function", "a.b"]] == 5)
        #expect(lines[["function", "a.b", "batch"]] == 6)
        #expect(lines[["function", "a.b", "c", "d"]] == 7)
        #expect(lines[["function", "a.b", "e", "g", "h"]] == 8)
        #expect(lines[["function", "a.b", "i\t"]] == 9)
        #expect(lines[["comment"]] == nil)
        #expect(lines[["not"]] == nil)
    }

    @Test("Elements of a list are found on their own lines, past comments and nested lists")
    func lists() {
        let lines = KeyLines("a = [\n  1, # ],\n  [2,\n 3],\n\n  {b = 4} ]\nc = 5")
        #expect(lines[["a", "0"]] == 2)
        #expect(lines[["a", "1"]] == 3)
        #expect(lines[["a", "1", "1"]] == 4)
        #expect(lines[["a", "2", "b"]] == 6)
        #expect(lines[["c"]] == 7)
    }

    @Test("Tables of a list are elements of it, each with keys of its own")
    func listedTables() {
        let lines = KeyLines(
            """
            [[device]]
            name = "a"
            [daemon]
            [[ device ]]

            name = "b"
            paths = [
              "/dev/b",
            ]
            """)
        #expect(lines[["device"]] == 1)
        #expect(lines[["device", "0"]] == 1)
        #expect(lines[["device", "0", "name"]] == 2)
        #expect(lines[["device", "1"]] == 4)
        #expect(lines[["device", "1", "name"]] == 6)
        #expect(lines[["device", "1", "paths", "0"]] == 8)
        #expect(lines[["device", "2"]] == nil)
    }

    @Test("What looks like a key or a comment inside a string is neither")
    func strings() {
        let quotes = "\"\"\""
        let lines = KeyLines(
            """
            a = \(quotes)
            x = 1 # \\\(quotes)
            ''' "\(quotes)"
            b = '''
            y = 2\\'''
            c = "# \\" = "
            d = '\\'
            e = \(quotes)\(quotes)
            f = 'end' # 'open
            g = 1
            """)
        #expect(lines[["x"]] == nil)
        #expect(lines[["y"]] == nil)
        #expect(["a", "b", "c", "d", "e", "f", "g"].map { lines[[$0]] } == [1, 4, 6, 7, 8, 9, 10])
    }

    @Test("Line ends of Windows and a byte order mark do not shift anything")
    func lineEnds() {
        let lines = KeyLines("\u{FEFF}a = 1\r\n[b]\r\nc = \"x\"\r\n")
        #expect(lines[["a"]] == 1)
        #expect(lines[["b", "c"]] == 3)
    }

    @Test("Any beginning of a document, and any garbage, comes to an end")
    func garbage() {
        let text = "[a.\"b\"]\nc = [1, {d = '''x'''}, \"\\u00e9\"]\ne.f = { g = [[]] } # h\n"
        for length in 0...text.utf8.count {
            _ = KeyLines(String(decoding: text.utf8.prefix(length), as: UTF8.self))
            _ = KeyLines(String(decoding: text.utf8.reversed().prefix(length), as: UTF8.self))
        }
        for text in ["]]]", "}{", "=", "===", "a = ,,,", "a = [}", "a = {]", "\\", "\"\\", "[[["] {
            _ = KeyLines(text)
        }
    }
}
