import ArgumentParser
import Inspect

/// The names that a word may become which is being typed. A shell calls for them; what cannot be known in time, without root
/// or without the API, is left out in silence.
struct NameCompletion {
  /// Somebody waits with a finger on the key; the program's start and the shell's own work come on top.
  private static let limit = Duration.milliseconds(170)

  private let line: CompletedLine
  /// The word, as far as it is typed.
  private let prefix: String

  // MARK: - What may be completed

  static let services = kind { $0.servicesOfCluster }
  static let namespaces = kind { $0.words($0.known(.namespaces).namespaces) }
  static let nodes = kind { $0.words($0.session.names(.nodes, within: limit).nodes) }
  static let origins = kind { $0.words(["node", "external"]) + $0.podsOfCluster }
  static let podsOfNode = kind { $0.podsAndInterfaces }
  static let namespacesOfNode = kind { $0.words($0.knownPodsOfNode.namespaces) }
  static let contexts = kind { $0.words($0.knownContexts) }
  static let networkNamespaces = kind { $0.namespacesOfKernel }
  static let chains = kind { $0.words($0.session.namesOfChains(within: limit)) }
  static let sets = kind { $0.words($0.knownSets) }

  private static func kind(
    _ candidates: @Sendable @escaping (NameCompletion) -> [Candidate]
  ) -> CompletionKind {
    .custom { words, _, prefix in
      guard let line = CompletedLine.parsed(words) else { return [] }
      let found = candidates(NameCompletion(line: line, prefix: prefix))
      return Set(found).filter { $0.word.hasPrefix(prefix) && $0.isSafe }.sorted().map {
        $0.text(for: CompletionShell.requesting)
      }
    }
  }

  private func words(_ words: some Sequence<String>) -> [Candidate] { words.map { Candidate(word: $0) } }

  private var session: Session { line.session }

  // MARK: - Objects, whose namespace comes first

  private var servicesOfCluster: [Candidate] { words(steps(known(.services(namespace: namespace)))) }

  private var podsOfCluster: [Candidate] {
    let names = session.names(.pods(namespace: namespace), within: Self.limit)
    return words(steps(names.isEmpty ? knownPodsOfNode : names))
  }

  private var podsAndInterfaces: [Candidate] {
    var pods = knownPodsOfNode
    // Here a name alone may be of any namespace.
    pods.defaultNamespace = ""
    var found = steps(pods)
    if folder == nil, line.namespace == nil {
      if !prefix.isEmpty { found += pods.objects.map(\.name) }
      found += session.namesOfInterfaces()
    }
    return words(found)
  }

  /// The namespace that stands in the word already.
  private var folder: String? { prefix.firstIndex(of: "/").map { String(prefix[..<$0]) } }

  /// The namespace that names are asked of; nil where that is still to be typed.
  private var namespace: String? { folder ?? line.namespace }

  /// The names of one namespace; where none is said, the namespaces, and the names in the one that is meant then.
  private func steps(_ names: KnownNames) -> [String] {
    func objects(_ namespace: String) -> [NamespacedName] { names.objects.filter { $0.namespace == namespace } }
    if let folder { return objects(folder).map(\.description) }
    if let namespace = line.namespace { return objects(namespace).map(\.name) }
    return names.namespaces.map { $0 + "/" } + objects(names.defaultNamespace).map(\.name)
  }

  // MARK: - Who knows names

  private func known(_ question: NameQuestion) -> KnownNames {
    let names = session.names(question, within: Self.limit)
    return names.isEmpty ? left(.services) : names
  }

  private var knownPodsOfNode: KnownNames {
    let pods = session.namesOfPods(.ofThisNode(), within: Self.limit)
    return pods.isEmpty ? left(.pods) : pods
  }

  private var knownSets: [String] {
    let sets = session.namesOfSets()
    return sets.isEmpty && line.netns == nil ? LeftNames().read(.sets) : sets
  }

  /// What root left of this node, where none other is looked at.
  private func left(_ kind: LeftNames.Kind) -> KnownNames {
    guard line.netns == nil else { return KnownNames() }
    return KnownNames(
      LeftNames().read(kind).compactMap { text in
        text.firstIndex(of: "/").map { NamespacedName(String(text[..<$0]), String(text[text.index(after: $0)...])) }
      })
  }

  private var knownContexts: [String] {
    guard case .server(let search, _) = session.cluster else { return [] }
    return search.contexts(within: Self.limit)
  }

  private var namespacesOfKernel: [Candidate] {
    if let slash = prefix.lastIndex(of: "/") { return words(NamespaceNames.paths(in: String(prefix[...slash]))) }
    return words(NamespaceNames.ofFiles)
      + NamespaceNames.ofProcesses.map { Candidate(word: "\($0.pid)", detail: $0.command) }
  }
}

/// A word that is offered to a shell.
private struct Candidate: Hashable, Comparable {
  var word: String
  /// What a shell shows beside it, if it shows any such.
  var detail = ""

  static func < (left: Candidate, right: Candidate) -> Bool { left.word < right.word }

  /// Whether a shell takes it for nothing but text. bash expands what it is offered, commands in it too, and names are
  /// others' to choose: those of contexts, of interfaces and of files may have any character.
  var isSafe: Bool {
    !word.isEmpty
      && word.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-._/:@+,".utf8.contains($0)
        }
      }
  }

  func text(for shell: CompletionShell?) -> String {
    let detail = printable(detail).replacing("\\", with: "")
    switch shell {
    case .zsh?: return word.replacing(":", with: "\\:") + (detail.isEmpty ? "" : ":" + detail)
    case .fish?: return word + (detail.isEmpty ? "" : "\t" + detail)
    default: return word
    }
  }
}
