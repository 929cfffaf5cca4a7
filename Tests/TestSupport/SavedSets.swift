/// Makes the sets that `ipset save` printed, in the calling thread's network namespace.
///
/// How large a hash's buckets are and what it was seeded with is left out before Linux 5.11, which cannot be told: ipset
/// says so.
public func restoreSets(_ saved: [UInt8]) throws(SetupError) {
  let restore = ["ipset", "restore", "-exist"]
  let result = try runTool(restore, input: saved)
  guard result.status != 0 else { return }
  guard result.errorText.contains("Argument `bucketsize' is supported") else {
    throw SetupError("\(restore.joined(separator: " ")): exit \(result.status): \(result.errorText)")
  }
  try succeed(restore, input: withoutBuckets(saved))
}

private func withoutBuckets(_ saved: [UInt8]) -> [UInt8] {
  let lines = String(decoding: saved, as: UTF8.self).split(separator: "\n").map { line in
    guard line.hasPrefix("create ") else { return String(line) }
    let words = line.split(separator: " ")
    let options = Set(["bucketsize", "initval"])
    return words.indices.filter { index in
      !options.contains(String(words[index])) && !(index > 0 && options.contains(String(words[index - 1])))
    }.map { String(words[$0]) }.joined(separator: " ")
  }
  return Array((lines.joined(separator: "\n") + "\n").utf8)
}
