#!/usr/bin/env python3
"""Prints what is linked into the release binary, as SPDX 2.3 in JSON, with the versions that this machine builds with."""
import datetime
import hashlib
import json
import os
import re
import subprocess
import urllib.parse

SWIFT = "Apache-2.0 WITH Swift-exception"
GCC = "GPL-3.0-or-later WITH GCC-exception-3.1"
# By the beginning of a name in packaging/versions: what is taken from it, and its licence.
PARTS = {
    "swift-argument-parser": ("ArgumentParser", SWIFT),
    "swift-protobuf": ("SwiftProtobuf", SWIFT + " AND BSD-3-Clause"),
    "swift": ("Swift's standard library and runtime, libdispatch, FoundationEssentials with its collections", SWIFT),
    "libc6-dev": ("the code that starts a program; libc itself is the node's", "LGPL-2.1-or-later"),
    "libgcc-": ("libgcc, libgcc_eh", GCC),
    "libmd-dev": ("libmd", "BSD-3-Clause"),
    "libnl-3-dev": ("libnl-3", "LGPL-2.1-only"),
    "libstdc++-": ("libstdc++", GCC),
    "libyaml-dev": ("libyaml", "MIT"),
    "zlib1g-dev": ("zlib", "Zlib"),
}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def package(name, version, **more):
    identifier = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)
    return {"SPDXID": identifier, "name": name, "versionInfo": version, "filesAnalyzed": False,
            "copyrightText": "NOASSERTION", **more}


def part(name, version, revision=None):
    summary, licence = next(part for start, part in PARTS.items() if name.startswith(start))
    if revision:
        repository = f"github.com/apple/{name}"
        location, url = f"git+https://{repository}@{revision}", f"pkg:swift/{repository}@{version}"
    elif name == "swift":
        location, url = "https://www.swift.org", f"pkg:generic/swift@{version}"
    else:
        quoted = (urllib.parse.quote(text, safe="") for text in (name, version))
        location, url = "NOASSERTION", "pkg:deb/debian/{}@{}".format(*quoted)
    return package(
        name, version, summary=summary, downloadLocation=location, licenseConcluded=licence, licenseDeclared=licence,
        externalRefs=[{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": url}])


os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
with open(".build/release/kpx", "rb") as file:
    digest = hashlib.sha256(file.read()).hexdigest()
version = output(".build/release/kpx", "--version").strip()
parts = [part(*line.split()) for line in output("packaging/versions.sh").splitlines()]
program = package(
    "kpx", version, downloadLocation="NOASSERTION", licenseConcluded="Apache-2.0", licenseDeclared="Apache-2.0",
    packageFileName="kpx", primaryPackagePurpose="APPLICATION", checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
created = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
document = {
    "spdxVersion": "SPDX-2.3",
    "dataLicense": "CC0-1.0",
    "SPDXID": "SPDXRef-DOCUMENT",
    "name": f"kpx {version}",
    "documentNamespace": f"https://spdx.org/spdxdocs/kpx-{digest}",
    "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: kpx-packaging-sbom.py"]},
    "packages": [program] + parts,
    "relationships": [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": program["SPDXID"]}
    ] + [
        {"spdxElementId": program["SPDXID"], "relationshipType": "STATIC_LINK", "relatedSpdxElement": part["SPDXID"]}
        for part in parts
    ],
}
print(json.dumps(document, indent=1))
