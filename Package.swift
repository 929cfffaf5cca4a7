// swift-tools-version: 6.3
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
]

// What `kpx --version` names; the Makefile sets it. Not Context.gitInformation, which SwiftPM keeps from the first build.
let commit = Context.environment["KPX_COMMIT"] ?? ""

let package = Package(
  name: "kpx",
  // Exact, as are those in Fuzz/Package.swift: kpx is built from the code that it was tested with.
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    // Without its default trait, which brings Foundation.
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
  ],
  targets: [
    .target(
      name: "CSys",
      cSettings: [
        .define("_GNU_SOURCE"),
        // libnl's headers live in a versioned folder of their own; an absolute path needs unsafeFlags.
        .unsafeFlags(["-I/usr/include/libnl3", "-Wall", "-Wextra", "-Werror", "-fstack-protector-strong"]),
        .define("KPX_OLDER_GLIBC", .when(configuration: .release)),
      ],
      linkerSettings: [
        // Linked statically, so that kpx starts on a node that has neither.
        .linkedLibrary(":libnl-3.a"),
        .linkedLibrary(":libmd.a"),
        .linkedLibrary(":libyaml.a"),
        .linkedLibrary(":libz.a"),
        // A release starts on nodes with an older glibc, and takes neither libstdc++ nor libgcc_s from them; see older_glibc.c.
        .linkedLibrary(":libpthread.so.0", .when(configuration: .release)),
        .linkedLibrary(":libdl.so.2", .when(configuration: .release)),
        .unsafeFlags(
          ["-L\(Context.packageDirectory)/packaging/static", "-Xclang-linker", "-static-libgcc"],
          .when(configuration: .release)),
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
    .target(name: "CVersion", cSettings: [.define("KPX_COMMIT", to: "\"\(commit)\"")]),
    .executableTarget(
      name: "kpx",
      dependencies: [
        "Inspect", "CSys", "CVersion",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings
    ),
    // One question asked many times over, for `make bench`: what it costs without the start of a program.
    .executableTarget(
      name: "in-process", dependencies: ["Inspect"], path: "Benchmarks/InProcess", swiftSettings: swiftSettings),
    // The catalogue of findings, for the generated manual.
    .executableTarget(
      name: "catalogue", dependencies: ["Inspect"], path: "Tests/Catalogue", swiftSettings: swiftSettings),
    // What tests share: private network namespaces, tools run in them, the captures.
    .target(
      name: "TestSupport",
      dependencies: ["CSys"],
      path: "Tests/TestSupport",
      swiftSettings: swiftSettings
    ),
    .testTarget(name: "InspectTests", dependencies: ["Inspect", "TestSupport"], swiftSettings: swiftSettings),
    .testTarget(name: "APITests", dependencies: ["Inspect", "TestSupport", "kpx"], swiftSettings: swiftSettings),
    .testTarget(name: "LiveTests", dependencies: ["Inspect", "TestSupport"], swiftSettings: swiftSettings),
    // The kernel as the judge of what a walk says.
    .testTarget(name: "OracleTests", dependencies: ["Inspect", "TestSupport", "CSys"], swiftSettings: swiftSettings),
    .testTarget(name: "kpxTests", dependencies: ["Inspect", "kpx", "TestSupport"], swiftSettings: swiftSettings),
  ]
)
