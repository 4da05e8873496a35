import ArgumentParser
import SluiceClient
import SluiceWire

/// Names for the shell to complete: from the daemon, and none where it does not run.
enum Completions {
    static let queues = names(of: "queues")
    static let functions = names(of: "functions")
    static let workers = names(of: "workers")
    static let devices = names(of: "devices")
    static let workerUnits = CompletionKind.shellCommand(
        "ls /etc/sluice/workers 2>/dev/null | sed -n 's/[.]env$//p'")
    static let requests = names(of: "requests")
    static let allRequests = names(of: "requests", "requests --detached")
    static let storedRequests = names(of: "requests --detached")
    static let finishedRequests = names(of: "requests --detached --state finished")
    static let settings = CompletionKind.custom { words, index, _ in
        settingCandidates(words, completing: index) {
            do {
                let control = try ControlConnection(patience: Patience(limit: .seconds(1)))
                return try control.queues().map(\.concurrencyID)
            } catch {
                return []
            }
        }
    }
}

private func names(of lists: String...) -> CompletionKind {
    // A shell that waits longer after TAB looks dead.
    .shellCommand(
        lists.map { "sluicectl \($0) --names --answer-timeout 1s 2>/dev/null" }
            .joined(separator: "; "))
}

/// What may stand at a place of `sluicectl set …`: a queue, then settings, then their values.
///
/// Bash takes `KEY=VALUE` apart into three words and wants what follows the sign; other shells
/// leave it whole and want it whole.
func settingCandidates(
    _ words: [String], completing index: Int, queues: () -> [String]
) -> [String] {
    let before = words.prefix(max(0, index)).drop { $0 != "set" }.dropFirst()
    let current = index < words.count ? words[index] : ""
    if current == "=" || before.last == "=" {
        let key = current == "=" ? before.last : before.dropLast().last
        return values(of: key ?? "")
    }
    if let equals = current.firstIndex(of: "=") {
        let key = String(current[..<equals])
        return values(of: key).map { "\(key)=\($0)" }
    }
    guard let target = settingsTarget(before) else { return queues() }
    return Control.SettingKey.keys(of: target)
        .filter { key in !before.contains { $0 == key || $0.hasPrefix("\(key)=") } }
        .map { "\($0)=" }
}

/// Whose settings the words before name; nil while none are.
private func settingsTarget(_ words: ArraySlice<String>) -> Control.Target? {
    if words.contains("--daemon") { return .daemon }
    if words.contains(where: { $0 == "--function" || $0.hasPrefix("--function=") }) {
        return .function("")
    }
    let takingValues = ["--runtime-directory", "--answer-timeout"]
    let positional = words.indices.contains { index in
        !words[index].hasPrefix("-")
            && !(index > words.startIndex && takingValues.contains(words[index - 1]))
    }
    return positional ? .queue("") : nil
}

private func values(of key: String) -> [String] {
    switch Control.SettingKey(rawValue: key)?.kind {
    case .limit, .duration: ["none", "default"]
    case .count: ["default"]
    case nil: []
    }
}
