# kpx. `make` shows the targets.

PREFIX ?= /usr/local
DESTDIR ?=
# Packages of distributions have it in /usr/bin.
BINDIR ?= $(PREFIX)/sbin
# zsh looks for the administrator's functions elsewhere than for those of packages.
ZSH_FUNCTIONS = $(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
# Sizes for `make bench`: services and endpoints of each.
SERVICES ?= 1000
ENDPOINTS ?= 10
# Pods for `make bench`, and which of its parts run, as a regular expression.
ONLY ?=
PODS ?= 500
# Pairs of rules and packets for `make oracle`, of each backend and kind of rules, and packets through whole nodes' rules.
N ?= 20000
# Of `make oracle`, the suites that run, as a regular expression: WorldOracle for whole nodes alone.
PART ?= OracleTests
# For `make fuzz`: how long each target runs.
SECONDS ?= 60
# For `make test-kernels`: 5.10, 6.1 or 6.12 alone.
KERNEL ?=
# For `make test-cluster`: those whose names match, of `iptables legacy, binaries` and its like.
CLUSTER ?=
# Where random things start, for both: from 1 for `make oracle`, others each time for `make fuzz`, unless it is set.
SEED ?=

DEBUG := .build/debug/kpx
RELEASE := .build/release/kpx
# What `kpx --version` names. Outside git, as in a tarball, it is unknown unless it is set.
KPX_COMMIT ?= $(shell [ ! -e .git ] || { git rev-parse --short=12 HEAD | tr -d '\n'; \
  [ -z "$$(git --no-optional-locks status --porcelain)" ] || echo +changes; } 2>/dev/null)
# Everything that is not in the program's own file must be on every node, and nothing may be taken from the folder that it
# lies in; see Tests/Support/check-binary.sh. Without symbols it holds no path of this machine either, and without hashes for
# incremental builds none of one: builds in different folders can be the same (make check-reproducible).
# That two parts of the program do not write to one variable at once is checked in tests: to ask at each access takes a tenth.
RELEASE_BUILD = KPX_COMMIT='$(KPX_COMMIT)' swift build --configuration release --static-swift-stdlib --disable-local-rpath \
  -debug-info-format none -Xswiftc -enforce-exclusivity=unchecked -Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen \
  -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now -Xlinker --strip-all

.DEFAULT_GOAL := help
.PHONY: help packages build demo test test-only oracle mutations test-vm test-kernels test-cluster fuzz lint format generated check-generated \
	check-binary check-cost check-growth check-instructions in-process bench install uninstall dist deb rpm image release check-versions \
	check-packages check-reproducible clean

# Symbolic links lead from Fuzz/Sources to Sources.
SWIFT_FILES := Sources Tests Package.swift Fuzz/Package.swift Fuzz/Sources/Fuzz

help: ## these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

packages: ## install the Debian packages of .ci/packages that are missing
	@Tests/Support/install-packages.sh

build: packages ## the release binary, .build/release/kpx
	$(RELEASE_BUILD) --product kpx
	@packaging/versions.sh --check || echo 'kpx: going on; `make release` would not' >&2

demo: build ## trace the services of a real node's rules, in a network namespace of their own (needs root)
	@Tests/Support/demo.sh $(RELEASE)

test: packages lint ## everything that CI checks (live tests need root)
	$(MAKE) test-only check-generated
	$(MAKE) test-vm BUILT=1
	$(MAKE) check-binary check-cost

# All at once they are hundreds of programs, each of which then takes as long as all.
test-only: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 16
test-only: packages ## the tests alone; FILTER=NAME for some of them
	swift build --build-tests
	@[ "$$(id -u)" = 0 ] || echo 'Not root: live tests are skipped. All of them: sudo env PATH="$$PATH" make test'
	swift test --skip-build --disable-xctest $(if $(FILTER),--filter $(FILTER))

oracle: packages ## random rules, nodes and packets, with the kernel as the judge, for a night (needs root); N=20000 SEED=1 PART=WorldOracle
	swift build --build-tests
	KPX_EVERY_WAY=1 swift test --skip-build --disable-xctest --filter EveryWayTests
	KPX_ORACLE_PAIRS=$(N) KPX_ORACLE_WORLDS=$(N) KPX_ORACLE_SEED=$(or $(SEED),1) \
	  swift test --skip-build --disable-xctest --filter '$(PART)'

mutations: packages ## break kpx on purpose, and see that the tests notice each way (needs root); FILTER=NAME for some
	@Tests/Support/mutations.py $(if $(FILTER),'$(FILTER)')

test-vm: packages ## the tests that need IPVS, in a small virtual machine that has it (needs root)
	$(if $(BUILT),,swift build --build-tests)
	@if [ "$$(id -u)" = 0 ]; then Tests/Support/vm/run-tests.sh .build/debug $(DEBUG) \
	  --filter 'IPVSLiveTests|IPVSConnectionTests|IPVSListTests|IPSetLiveTests|IPSetTestTests|SnapshotAnswerTests/ipvs'; \
	else echo 'Not root: the tests in the virtual machine are skipped.'; fi

test-kernels: build ## kpx under the kernels of Debian 11, 12 and 13, in virtual machines (needs root); KERNEL=5.10 for one
	swift build --build-tests
	@if [ "$$(id -u)" = 0 ]; then Tests/Support/vm/run-kernels.sh .build/debug $(RELEASE) $(KERNEL); \
	else echo 'Not root: the tests in virtual machines are skipped.'; fi

test-cluster: build ## kpx on the nodes of a real Kubernetes cluster, healthy and changing (needs root); CLUSTER='*legacy*' for some
	@if [ "$$(id -u)" = 0 ]; then Tests/Support/cluster/test-cluster.py $(RELEASE) $(if $(CLUSTER),'$(CLUSTER)'); \
	else echo 'Not root: the tests on a cluster are skipped.'; fi

fuzz: packages ## damaged inputs for everything that reads any, each target for SECONDS=60; fails on a crash or hang
	@SEED=$(SEED) Fuzz/run.sh $(SECONDS)

lint: ## the format of all Swift files, and that no folder uses what stands above it
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)
	Tests/Support/check-arrows.py

format: ## mend the format of all Swift files
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

generated: packages ## write completions/ and man/ anew
	swift build --product kpx
	swift build --product catalogue
	Tests/Support/generated.sh .

check-generated: packages ## fail if completions/ or man/ are not current
	swift build --product kpx
	swift build --product catalogue
	Tests/Support/generated.sh --check

check-binary: build ## fail if the release binary is not safe to copy to a node, or its checks cannot fail
	@Tests/Support/check-binary.sh $(RELEASE)
	@Tests/Support/check-copied.sh $(RELEASE)
	@Tests/Support/check-install.sh
	@Tests/Support/check-checks.sh

check-cost: build ## fail if ipsets cost more of the processor than they may, against ipset (needs root)
	@Tests/Support/check-ipset-cost.py $(RELEASE)

check-growth: build ## fail if a trace costs more than it may behind many rules, on nodes with Calico, k3s and blocklists (needs root)
	@Tests/Support/check-growth.py $(RELEASE)

check-instructions: build ## fail if kpx takes 5 % more or fewer instructions than Benchmarks/instructions.json says (needs root); UPDATE=1 stores them
	@Tests/Support/check-instructions.py $(RELEASE) $(if $(UPDATE),--update)

in-process: packages
	$(RELEASE_BUILD) --product in-process

bench: build in-process ## one table of what kpx costs against the kernel's floor and the usual tools, with goals (needs root); SERVICES=10000 ENDPOINTS=10 PODS=500 ONLY=REGEX
	@Benchmarks/bench.py $(RELEASE) .build/release/in-process --services $(SERVICES) --endpoints $(ENDPOINTS) --pods $(PODS) --only '$(ONLY)'

install: ## the release binary, man pages, completions and licences below PREFIX (run `make build` first)
	@[ -x $(RELEASE) ] || { echo 'kpx: run `make build` first' >&2; exit 1; }
	install -D -m 755 $(RELEASE) $(DESTDIR)$(BINDIR)/kpx
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man7 man/*.7
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 man/*.8
	install -D -m 644 completions/kpx.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/kpx
	install -D -m 644 completions/_kpx $(DESTDIR)$(ZSH_FUNCTIONS)/_kpx
	install -D -m 644 completions/kpx.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/kpx.fish
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/kpx LICENSE NOTICES

uninstall: ## remove what `make install` put there
	rm -f $(DESTDIR)$(BINDIR)/kpx \
	  $(foreach page,$(notdir $(wildcard man/*.[78])),$(DESTDIR)$(PREFIX)/share/man/man$(patsubst .%,%,$(suffix $(page)))/$(page)) \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/kpx \
	  $(DESTDIR)$(ZSH_FUNCTIONS)/_kpx \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/kpx.fish
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/kpx

dist: build ## .build/dist: tar.gz of program, manual, completions, licences; what is linked (SPDX); krew's manifest
	@packaging/dist.sh

deb: build ## .build/dist: a package for Debian and Ubuntu
	@packaging/deb.sh

rpm: build ## .build/dist: a package for RHEL, Fedora, Amazon Linux and SUSE
	@packaging/rpm.sh

image: build ## .build/dist: an OCI archive with kpx, libcurl and certificate authorities, for nodes without a place for programs
	@packaging/image.sh

check-versions: ## fail if this machine would link other versions than releases are built from (packaging/versions)
	@packaging/versions.sh --check

release: build check-versions dist deb rpm image ## all of these, from recorded versions only; KPX_URL=HOME KPX_MAINTAINER='NAME <ADDRESS>'

check-packages: dist deb rpm image ## install, use and remove all of these in clean roots of an older Debian (needs root and apt's mirror)
	@Tests/Support/check-packages.sh

check-reproducible: build ## build once more in another folder, and fail unless archive and program are the same byte for byte
	@Tests/Support/check-reproducible.sh

clean: ## remove what was built
	swift package clean
	rm -rf Benchmarks/build Fuzz/.build .build/mutations
