// swift-tools-version: 6.3
import PackageDescription

// kpx's own sources, by symbolic links and not as a dependency: what is fuzzed is internal, and the program's output is
// no library. Compiled here, both can be imported with @testable, and nothing of the sanitizers reaches ../Package.swift.
let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "fuzz",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
  ],
  targets: [
    .target(
      name: "CSys",
      cSettings: [
        .define("_GNU_SOURCE"),
        .unsafeFlags(["-I/usr/include/libnl3", "-Wall", "-Wextra", "-Werror"]),
      ],
      linkerSettings: [
        .linkedLibrary(":libnl-3.a"),
        .linkedLibrary(":libmd.a"),
        .linkedLibrary(":libyaml.a"),
        .linkedLibrary(":libz.a"),
      ]
    ),
    .target(
      name: "Inspect",
      dependencies: [
        "CSys",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Pods/CRI/runtime.proto"],
      swiftSettings: swiftSettings
    ),
    .target(name: "CVersion", cSettings: [.define("KPX_COMMIT", to: "\"\"")]),
    // The program without its beginning: libFuzzer has its own.
    .target(
      name: "kpx",
      dependencies: [
        "Inspect", "CSys", "CVersion",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Program.swift"],
      swiftSettings: swiftSettings
    ),
    .executableTarget(
      name: "fuzz", dependencies: ["Inspect", "CSys", "kpx"], path: "Sources/Fuzz", swiftSettings: swiftSettings),
  ]
)
