extension PodEnds {
  init(_ found: PodInterfaces) {
    pods = found.pods.flatMap { pod in
      let pairs = pod.interfaces.filter { $0.hostLink != nil }
      let interfaces = Set(pairs.compactMap { $0.hostLink?.name }).sorted()
      let title = pod.sandbox.name.map { "\($0.value)" } ?? "without a known name"
      return pairs.flatMap { $0.addresses.filter { !$0.isLinkLocal } }.map {
        Reached(address: $0.address, pod: title, interfaces: interfaces)
      }
    }
    left = found.orphans.compactMap { orphan in
      orphan.empty.map { Left(interface: orphan.link.name, reason: orphan.reason, namespace: $0) }
    }
    unseen = found.orphans.filter(\.isUnseen).map(\.link.name)
    if found.isIncomplete {
      unread = "a container runtime gave no answer: pods may be missing"
    } else if found.hidesProcesses {
      unread = "kpx sees the processes of a container alone: it needs hostPID"
    }
  }
}
