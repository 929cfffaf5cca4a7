/// Who is given services one by one, while others are still walked.
public struct ServiceStream: Sendable {
  /// Is told first what is to come, in the list's order.
  let begin: @Sendable ([ServiceOutline]) -> Void
  /// Is given each service that has a name. Where rules change meanwhile those before are given again.
  let item: @Sendable (ServiceList.Item) -> Void
  /// Whether what differs from the API is looked at a second time, and is not known for sure before.
  var waitsForSecondLook = false

  /// Gives what is to come to `begin`, and each service to `item`.
  public init(
    begin: @escaping @Sendable ([ServiceOutline]) -> Void, item: @escaping @Sendable (ServiceList.Item) -> Void
  ) {
    self.begin = begin
    self.item = item
  }
}

/// What is known of a frontend before any packet to it is walked.
public struct ServiceOutline: Sendable, Hashable {
  /// nil for frontends whose rules say no name.
  public var service: NamespacedName?
  /// Where clients send to.
  public var frontend: Frontend

  init(_ service: NamespacedName?, _ frontend: Frontend) {
    self.service = service
    self.frontend = frontend
  }
}
