import FoundationEssentials
import Inspect

// The catalogue of findings as JSON, for the manual's generator: kpx itself prints single findings only.
let encoder = JSONEncoder()
encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
let entries = FindingID.allCases.sorted { $0.rawValue < $1.rawValue }.map(\.entry)
print(String(decoding: try encoder.encode(entries), as: UTF8.self))
