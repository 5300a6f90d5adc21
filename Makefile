# z3: `make` lists what there is. Needs cargo; the targets that need more say so, or install it (tests/env/install).

CARGO  ?= cargo
PREFIX ?= /usr/local
TARGET := $(or $(CARGO_TARGET_DIR),target)
# The other names of z3, which are links to it.
LINKS  := pput z3_get z3_ssh_sync s3_mp_cleanup
link    = for name in $(LINKS); do ln -sf z3 "$(1)/$$name"; done
# Where rustup puts cargo, for shells that do not know it.
export PATH := $(PATH):$(HOME)/.cargo/bin

.DEFAULT_GOAL := help
.PHONY: help build check deny man picture test test-openzfs test-reset test-moto test-servers test-s3 test-dist test-nspawn soak schedules fuzz demo bench check-freebsd dist test-aarch64 deb rpm sign release install uninstall clean rust

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 21

build: rust ## z3 and the links to it, in target/release
	$(CARGO) build --release --locked
	@$(call link,$(TARGET)/release)

# The pages are for those who work on z3: private items, and links to them, included.
check: rust ## format, lints, documentation, and the rules of the house
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) clippy --locked --lib -- -D warnings --cfg fuzzing
	RUSTDOCFLAGS='-D warnings -A rustdoc::private-intra-doc-links' $(CARGO) doc --locked --no-deps --document-private-items
	$(CARGO) test --locked --quiet --test house --test manual

deny: rust ## that every crate has a licence and a source that deny.toml allows (installs cargo-deny); ADVISORIES=fetch: and no known hole
	ADVISORIES='$(ADVISORIES)' tests/env/deny

picture: rust ## doc/backup.svg and doc/files.svg, the pictures in README.md, from what z3 prints (root)
	tests/env/install tools zfs rgw
	$(CARGO) build --locked
	Z3T_SERVERS=rgw tests/env/with tests/env/picture

man: rust ## the manual pages in doc/man, from what --help and z3.conf.sample say
	Z3T_MANUAL=write $(CARGO) test --locked --quiet --test manual

# Most of the suite waits, for servers that fall silent and children that are stopped: more threads than cores.
test: rust ## all tests, against a real pool and real S3 servers of their own (root; installs them)
	tests/env/install
	$(CARGO) test --locked --no-run
	RUST_TEST_THREADS=$(or $(RUST_TEST_THREADS),8) tests/env/with $(CARGO) test --locked --quiet

test-openzfs: rust ## part of them on real OpenZFS: in this kernel (root), or a machine that VMRUN=... boots; CUTS=12: all of them
	Z3T_CUTS='$(or $(CUTS),1)' VMRUN='$(VMRUN)' VMRUN_ARGS='$(VMRUN_ARGS)' tests/env/openzfs $(TOPICS)

test-reset: rust ## a machine that is reset in the middle of a restore: VMRUN=... VMRUN_ARGS=... VMDISK=/dev/... (tests/env/reset)
	VMRUN='$(VMRUN)' VMRUN_ARGS='$(VMRUN_ARGS)' VMDISK='$(VMDISK)' tests/env/reset

test-moto: rust ## archive classes that thaw, and conditions on DELETE, against moto (root; installs it)
	tests/env/install tools zfs rgw seaweedfs moto
	Z3T_SERVERS="rgw seaweedfs moto" tests/env/with $(CARGO) test --locked --quiet --test suite -- --ignored moto::

test-servers: rust ## every S3 server that runs here; writes doc/endpoints.md (root; installs them, builds two: 15 minutes, later 5)
	tests/env/install tools tls zfs rgw seaweedfs moto swift ministack garage s3s-fs
	$(CARGO) test --locked --no-run --test servers
	Z3T_SERVERS="rgw seaweedfs swift garage moto ministack s3s-fs" tests/env/with \
		$(CARGO) test --locked --quiet --test servers -- --nocapture every_server

test-s3: rust ## your own bucket, by S3_KEY_ID, S3_SECRET, BUCKET, S3_ENDPOINT (S3_REGION); leaves nothing there (no root, no zfs)
	tests/env/own

test-dist: rust ## what is shipped, in chroots of old and new Debian (root; TWICE=1: the same bytes from another folder)
	TWICE='$(TWICE)' tests/env/dist

test-nspawn: rust ## the service, its timer and cron under the systemd of old and new Debian, in containers (root); VMRUN=...: on real OpenZFS
	VMRUN='$(VMRUN)' VMRUN_ARGS='$(VMRUN_ARGS)' VMDISK='$(VMDISK)' tests/env/nspawn

test-aarch64: rust ## what ARCH=aarch64 packs, run by QEMU: a stream and a dataset there and back (root; installs a pool and a server)
	tests/env/aarch64

soak: rust ## everything that can break, at every moment; KILLS=500 random ones; writes doc/guarantees.md (root)
	tests/env/install
	$(CARGO) test --locked --no-run
	Z3T_CASES=all Z3T_GUARANTEES=all Z3T_KILLS=$(or $(KILLS),500) tests/env/with \
		$(CARGO) test --locked --quiet --test suite -- --nocapture --test-threads=1 guarantees:: kills:: \
		prune::hosts:: restore::killed:: files:: hostile_bucket::no_metadata:: enter:: surroundings::
	[ -z '$(VMRUN)' ] || Z3T_CUTS=$(or $(CUTS),12) VMRUN='$(VMRUN)' VMRUN_ARGS='$(VMRUN_ARGS)' tests/env/openzfs resume::matrix

schedules: rust ## two years of nights for each set-up of doc/schedules.md; writes its tables (root; 5 minutes)
	tests/env/install
	Z3T_SCHEDULES=all tests/env/with $(CARGO) test --locked --quiet --test suite -- --nocapture schedules::

fuzz: rust ## every parser against made-up input, two at a time; SECONDS=600 for each of the 12 (needs g++)
	fuzz/run $(or $(SECONDS),600)

demo: rust ## a backup and a restore before your eyes (root; installs a pool and an S3 server)
	tests/env/demo

# The programs keep their symbols, for the profiles: their machine code is that of `make build`.
bench: rust ## speed, CPU and memory beside other S3 clients; 30 minutes; writes doc/performance.md (root; installs them)
	tests/env/install tools zfs rgw
	benches/peers
	$(CARGO) build --release --locked --bins --examples --config profile.release.package.z3-backup.strip=false
	@$(call link,$(TARGET)/release)
	Z3T_SERVERS=rgw CARGO_TARGET_DIR=$(TARGET) tests/env/with benches/run.py $(SECTIONS)

check-freebsd: rust ## that all of z3 compiles and links for FreeBSD; it is not run (fetches compilers of its own, 400 MB)
	OUT=target/freebsd contrib/package/freebsd check

dist: rust ## z3-VERSION-ARCH-linux.tar.gz in target/dist, for glibc 2.17 and later (ARCH=aarch64, too; OS=freebsd: not run)
	ARCH='$(or $(ARCH),x86_64)' OS='$(or $(OS),linux)' contrib/package/dist

deb: rust ## a package for Debian and Ubuntu, in target/dist
	ARCH='$(or $(ARCH),x86_64)' contrib/package/deb

rpm: rust ## a package for Red Hat, SUSE and their like, in target/dist
	ARCH='$(or $(ARCH),x86_64)' contrib/package/rpm

sign: ## SHA256SUMS of that, by minisign and KEY=FILE; KEY=trial: by a key that is thrown away (doc/release.md)
	KEY='$(KEY)' contrib/package/sign

release: rust ## all of it proved, built twice and signed, in target/release-VERSION (doc/release.md); KEY=trial: a rehearsal
	ARCHS='$(ARCHS)' KEY='$(KEY)' ADVISORIES='$(ADVISORIES)' STEPS='$(STEPS)' contrib/package/release

install: ## z3, its links, pages, completions and examples to $(DESTDIR)$(PREFIX); build it first
	contrib/lay install $(TARGET)/release/z3 $(PREFIX) $(DESTDIR)

uninstall: ## takes exactly that away again
	contrib/lay uninstall $(TARGET)/release/z3 $(PREFIX) $(DESTDIR)

clean: ## everything that was built
	$(CARGO) clean

rust:
	@tests/env/rust
