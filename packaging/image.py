#!/usr/bin/env python3
"""Makes an image for nodes without a place for programs, as an OCI archive: no registry and no base image is asked.

  image.py FILE VERSION COMMIT ARCH

It holds the release binary, and from this machine's Debian packages the C library, the libraries that kpx loads on demand
with all that they need, the certificate authorities, and the copyright files of these packages. There is no shell in it.
"""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

LOADED = ["libcurl.so.4", "libip4tc.so.2", "libip6tc.so.2", "libipset.so.13"]
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
epoch = int(os.environ["SOURCE_DATE_EPOCH"])


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def library_files(multiarch):
    """By the name that programs ask for, where it is on this machine."""
    found = {}
    for start in [".build/release/kpx"] + [f"/usr/lib/{multiarch}/{name}" for name in LOADED]:
        if start.startswith("/"):
            found[os.path.basename(start)] = start
        for line in output("ldd", start).splitlines():
            words = line.split()
            path = words[2] if "=>" in words else words[0]
            if path.startswith("/"):
                found[os.path.basename(path)] = path
    return found


def copyright_files(paths):
    packages = set()
    for path in paths:
        for name in (path, os.path.realpath(path), os.path.realpath(path).removeprefix("/usr")):
            answer = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True)
            if answer.returncode == 0:
                packages.add(answer.stdout.split(":")[0])
                break
        else:
            sys.exit(f"kpx: {path} is no package's")
    return sorted(f"/usr/share/doc/{package}/copyright" for package in packages | {"ca-certificates"})


def layer():
    """An uncompressed archive of the files."""
    multiarch = output("gcc", "-dumpmachine").strip()
    libraries = library_files(multiarch)
    loader = next(name for name in libraries if name.startswith("ld-linux"))
    files = {"usr/bin/kpx": (".build/release/kpx", 0o755), AUTHORITIES[1:]: (AUTHORITIES, 0o644)}
    for name, path in libraries.items():
        files[f"usr/lib/{multiarch}/{name}"] = (path, 0o755)
    for path in copyright_files(libraries.values()):
        files[path[1:]] = (path, 0o644)
    for name in ("LICENSE", "NOTICES"):
        files[f"usr/share/doc/kpx/{name}"] = (name, 0o644)
    texts = {
        "etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\n",
        "etc/group": "root:x:0:\n",
        "etc/nsswitch.conf": "hosts: files dns\n",
    }
    # Where the kernel looks for the loader; and of a debug pod, where the node's files are.
    links = {"lib": "usr/lib", f"lib64/{loader}": f"../usr/lib/{multiarch}/{loader}"} if "x86-64" in loader else {
        "lib": "usr/lib", f"usr/lib/{loader}": f"{multiarch}/{loader}"}
    folders = {"host", "proc", "sys", "dev", "tmp", "run", "root"}
    for name in [*files, *texts, *links]:
        while name := os.path.dirname(name):
            folders.add(name)

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        def add(name, kind=tarfile.REGTYPE, mode=0o644, content=b"", target=""):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.mtime, entry.linkname, entry.size = kind, mode, epoch, target, len(content)
            archive.addfile(entry, io.BytesIO(content))

        for name in sorted(folders):
            add(name, tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755)
        for name, target in sorted(links.items()):
            add(name, tarfile.SYMTYPE, 0o777, target=target)
        for name, text in sorted(texts.items()):
            add(name, content=text.encode())
        for name, (path, mode) in sorted(files.items()):
            with open(path, "rb") as file:
                add(name, mode=mode, content=file.read())
    return buffer.getvalue()


def main():
    path, version, commit, architecture = sys.argv[1:]
    blobs = {}

    def blob(content, media):
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"mediaType": f"application/vnd.oci.image.{media}", "digest": f"sha256:{digest}", "size": len(content)}

    def document(value, media):
        return blob(json.dumps(value, sort_keys=True).encode(), media)

    created = output("date", "--utc", f"--date=@{epoch}", "+%Y-%m-%dT%H:%M:%SZ").strip()
    labels = {
        "org.opencontainers.image.title": "kpx",
        "org.opencontainers.image.description": "What a Kubernetes node does with packets to Services",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.licenses": "Apache-2.0",
    }
    files = layer()
    # The program's answers need capabilities, which only root gets from a runtime.
    configuration = document({
        "created": created, "architecture": architecture, "os": "linux",
        "config": {
            "User": "0:0", "Env": ["PATH=/usr/bin"], "Cmd": ["kpx"], "WorkingDir": "/", "Labels": labels,
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(files).hexdigest()]},
        "history": [{"created": created, "created_by": "kpx packaging/image.py"}],
    }, "config.v1+json")
    manifest = document({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": configuration,
        "layers": [blob(gzip.compress(files, 9, mtime=0), "layer.v1.tar+gzip")], "annotations": labels,
    }, "manifest.v1+json")
    manifest["platform"] = {"architecture": architecture, "os": "linux"}
    manifest["annotations"] = {
        "org.opencontainers.image.ref.name": version, "io.containerd.image.name": f"localhost/kpx:{version}"}
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [manifest]}
    blobs["index.json"] = json.dumps(index, sort_keys=True).encode()
    blobs["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'

    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(blobs.items()):
            entry = tarfile.TarInfo(name)
            entry.mtime, entry.size = epoch, len(content)
            archive.addfile(entry, io.BytesIO(content))


main()
