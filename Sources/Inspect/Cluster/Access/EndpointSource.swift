/// The objects that tell a service's endpoints: in which of the API's forms they are asked for.
enum EndpointSource: Sendable {
  case slices
  /// Those of an API server before 1.21.
  case betaSlices
  /// v1 Endpoints, for who may not read slices, and for an API server before 1.17, which has none.
  case endpoints

  /// The kind of object.
  var kind: ClusterSnapshot.Kind { self == .endpoints ? .endpoints : .endpointSlice }

  /// What to ask for after an error; nil where that would tell no more.
  func next(after error: APIError) -> EndpointSource? {
    switch (self, error) {
    case (.slices, .notFound), (.slices, .unknownPath): .betaSlices
    case (.betaSlices, .notFound), (.betaSlices, .unknownPath), (.slices, .forbidden), (.betaSlices, .forbidden):
      .endpoints
    default: nil
    }
  }

  /// Those of one service.
  func path(of service: NamespacedName) -> APIPath {
    switch self {
    case .slices: .slices(of: service)
    case .betaSlices: .betaSlices(of: service)
    case .endpoints: .endpoints(service)
    }
  }
}
