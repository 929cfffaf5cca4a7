/// Why a dump of API objects could not be read.
public enum ClusterDumpError: Error, Sendable, Equatable {
  /// A file or directory could not be read, or is none.
  case file(path: String, FileError)
  /// A file is compressed.
  case compressed(path: String)
  /// A file holds nothing.
  case empty(path: String)
  /// A directory has no `*.json` in it.
  case noFiles(path: String)
  /// A file's text is not JSON from a byte on.
  case notJSON(path: String, offset: Int, problem: String)
  /// A value is not what the API would say there.
  case unexpected(path: String, at: String, problem: String)
  /// There are objects, but none of a kind that is needed.
  case nothingUseful(path: String, kinds: [String])
}

extension ClusterDumpError: CustomStringConvertible {
  /// The sentence for a person, with the file's path.
  public var description: String {
    switch self {
    case .file(let path, let error):
      switch error {
      case .tooLarge: "\(error.sentence(path)); dump only services, endpointslices, pods and nodes"
      case .timedOut: "\(error.sentence(path)); what takes long is better written to a file first"
      case .notRegular, .system: error.sentence(path)
      }
    case .compressed(let path):
      "\(path) is compressed with gzip; uncompress it first (gunzip)"
    case .empty(let path):
      "\(path) is empty; it should hold what `kubectl get services,endpointslices,pods,nodes -A -o json` prints"
    case .noFiles(let path):
      "the directory \(path) has no *.json file"
    case .notJSON(let path, let offset, let problem):
      "\(path) is not JSON at byte \(offset): \(problem)"
    case .unexpected(let path, let place, let problem):
      "\(path): \(place.isEmpty ? "the document" : place): \(problem)"
    case .nothingUseful(let path, let kinds):
      "\(path) has no services, endpoint slices, endpoints, pods or nodes"
        + (kinds.isEmpty ? "" : ", only \(kinds.joined(separator: ", "))")
    }
  }
}
