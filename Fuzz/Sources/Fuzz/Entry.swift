import Glibc

/// What libFuzzer calls with each input. FUZZ_TARGET names the target.
@c(LLVMFuzzerTestOneInput)
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  let before = processorTime()
  chosen(input)
  // libFuzzer's own limit is of the clock on the wall, which runs on while others have the processor.
  let seconds = processorTime() - before
  if seconds > 1 { fatalError("\(seconds) s of processor time for one input") }
  return 0
}

private typealias Target = @Sendable (UnsafeRawBufferPointer) -> Void

private let targets: [String: Target] = [
  "legacy": fuzzLegacy, "nftables": fuzzNFTables, "ipset": fuzzIPSet, "ipvs": fuzzIPVS,
  "connections": fuzzConnections, "links": fuzzLinks, "xtables": fuzzXTables, "names": fuzzNames,
  "kubeconfig": fuzzKubeconfig, "api": fuzzAPI, "cri": fuzzCRI, "snapshot": fuzzSnapshot,
  "broken": beBroken,
]

private let chosen: Target = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = targets[name] else {
    print("FUZZ_TARGET is none of: \(targets.keys.sorted().joined(separator: " "))")
    exit(64)
  }
  return target
}()

/// How much of the processor this process has had, in seconds.
func processorTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
