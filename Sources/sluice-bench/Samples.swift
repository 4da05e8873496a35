import Foundation
import SluiceBench

extension BenchReport {
    private struct Document: Encodable {
        struct Round: Encodable {
            let setting: String
            let broker: String
            let round: Int
            /// What was measured right before, to compare with.
            let base: [String: Double]?
            let own: [String: Double]
        }
        let machine: [String]
        let samples: [Round]
    }

    /// Every sample, for a program that compares runs.
    var json: String {
        get throws {
            let samples = results.flatMap { result in
                result.rounds.all.enumerated().map { index, round in
                    Document.Round(
                        setting: result.setting.name, broker: result.broker.rawValue,
                        round: index + 1, base: round.base?.named, own: round.own.named)
                }
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let document = Document(machine: machine, samples: samples)
            return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
        }
    }
}

extension Sample {
    var named: [String: Double] {
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
    }
}
