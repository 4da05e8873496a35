import SluiceEngine
import SluiceModel

/// After a restart who claims a request has it again, under its number; and nothing starts while
/// others may still do so. That it does start when the time is over, the rules about order and
/// idleness see to.
struct ReclaimRule: Rule {
    static let name = "reclaim"

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        for id in model.gathering.denied {
            findings.add(Self.self, "the claim of \(id) was not let in as what it is")
        }
    }

    mutating func see(_ grant: NewGrant, _ model: Model, _ findings: inout Findings) {
        guard model.isGathering else { return }
        findings.add(Self.self, "\(grant.id) starts while others may still come back")
    }
}
