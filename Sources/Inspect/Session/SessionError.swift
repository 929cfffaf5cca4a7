/// Why a question has no answer.
public enum SessionError: Error, Sendable, Equatable {
  /// The dump that the user named cannot be read.
  case dump(ClusterDumpError)
  /// A snapshot cannot be written or read.
  case snapshot(SnapshotError)
  /// The credential that the user named is not there or no good.
  case kubeconfig(KubeconfigError)
  /// The node could not be read.
  case kernel(KernelError)
  /// The pods of this node do not tell which is meant.
  case pod(PodError)
  /// `--from` names a pod that sends nothing any more; its phase is `Succeeded` or `Failed`.
  case podHasEnded(NamespacedName, phase: String)
  /// `--from` names a pod that neither the API nor this node has; the nearest names are told.
  case noSuchPod(NamespacedName, nearest: [String] = [])
  /// `--from` names a pod of this node without an address; `problem` may say why.
  case podWithoutAddress(NamespacedName, problem: String?)
  /// An interface of this node that no pod is behind; `reason` says what is.
  case leadsToNoPod(PodTarget, reason: String)
  /// One pod is needed, and several may be meant.
  case ambiguousPod(PodTarget, pods: [String])
  /// There is no such service, as far as could be asked.
  case untraceable(Untraceable)
  /// The API has no service of this name; the nearest names are told.
  case noSuchService(NamespacedName, nearest: [String])
  /// The API has no node of this name; the nearest names are told.
  case noSuchNode(String, nearest: [String])
  /// No service of a namespace is known, nor the namespace; the nearest names are told.
  case noSuchNamespace(String, nearest: [String])
  /// Nothing carries out services here that kpx can read.
  case noKubeProxy(MissingKubeProxy)
  /// There is no ipset of this name; the nearest names are told.
  case noSuchSet(String, nearest: [String])
  /// There is no table of this name, or of this family and name; the nearest names are told.
  case noSuchTable(String, nearest: [String])
  /// No table that was looked at has a chain of this name; the nearest names are told.
  case noSuchChain(String, nearest: [String])
  /// A text is no member that a set of this type may have; the sentence that says so.
  case noMember(String)
  /// No virtual service is as the user named it.
  case noVirtualService(String)
  /// `--netns` names no network namespace; the nearest names are told.
  case noNetworkNamespace(String, nearest: [String])
  /// Anything else, in a sentence.
  case other(String)

  /// Nothing to trace, with what tells how far that can be relied on.
  public struct Untraceable: Sendable, Equatable {
    /// What was not found.
    public var error: TraceError
    /// Whether the API was asked. Without it nobody knows whether there is such a service.
    public var hasAPI: Bool
    /// What the API would not say, or why it was not asked, in sentences.
    public var apiNotes: [String]
    /// How the tables read a second time compare; nil where that was not asked for.
    public var verification: [Verification]?
  }
}

extension SessionError {
  /// The failure that an error of the library is.
  init(_ error: any Error) { self = SessionError(known: error) ?? .other("\(error)") }

  /// nil for an error that is not the library's.
  init?(known error: any Error) {
    switch error {
    case let error as SessionError: self = error
    case let error as ClusterDumpError: self = .dump(error)
    case let error as SnapshotError: self = .snapshot(error)
    case let error as KubeconfigError: self = .kubeconfig(error)
    case let error as KernelError: self = .kernel(error)
    case let error as PodError: self = .pod(error)
    case let error as MissingKubeProxy: self = .noKubeProxy(error)
    case let error as IPSetReader.ElementError: self = .noMember(error.description)
    default: return nil
    }
  }
}

extension SessionError: CustomStringConvertible {
  /// The sentence for a person.
  public var description: String {
    switch self {
    case .dump(let error): error.description
    case .snapshot(let error): error.description
    case .kubeconfig(let error): error.description
    case .kernel(let error): error.description
    case .pod(let error): error.description
    case .podHasEnded(let name, let phase): "pod \(name) has ended (\(phase)): it sends nothing"
    case .noSuchPod(let name, let nearest): "no pod \(name) in the API or on this node" + Self.hint(nearest)
    case .podWithoutAddress(let name, let problem): "pod \(name) has no address" + (problem.map { ": \($0)" } ?? "")
    case .leadsToNoPod(let target, let reason): "\(target) leads to no pod: \(reason)"
    case .ambiguousPod(let target, let pods):
      "\(target) may be any of \(pods.joined(separator: ", ")): say which, as NAMESPACE/POD"
    case .untraceable(let found): ([found.error.description] + found.apiNotes).joined(separator: "; ")
    case .noSuchService(let name, let nearest): "no service \(name) in the API" + Self.hint(nearest)
    case .noSuchNode(let name, let nearest): "no node \(name) in the API" + Self.hint(nearest)
    case .noSuchNamespace(let name, let nearest):
      "no service of a namespace \(name) is known" + Self.hint(nearest)
    case .noKubeProxy(let missing): missing.description
    case .noSuchSet(let name, let nearest):
      "no ipset \(name)" + Self.hint(nearest)
    case .noSuchTable(let name, let nearest): "no table \(name)" + Self.hint(nearest)
    case .noSuchChain(let name, let nearest): "no chain \(name)" + Self.hint(nearest)
    case .noMember(let sentence), .other(let sentence): sentence
    case .noVirtualService(let text): "no virtual service \(text)"
    case .noNetworkNamespace(let name, let nearest):
      "no network namespace \(name)" + Self.hint(nearest)
    }
  }
  private static func hint(_ nearest: [String]) -> String {
    didYouMean(nearest).map { "; \($0)" } ?? ""
  }
}
