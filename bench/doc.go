// Command bench measures what requests cost, side by side with other authorization
// servers, in one run on one machine: the server's CPU for each operation, how many
// there are in a second, how long each takes, and the memory. "make bench" runs it.
//
// Each server is a process of its own with its own empty database; this process is all
// of its clients. CPU is what the kernel says that the server's processes used, so
// neither the clients nor the database count, and it hardly depends on what else the
// machine does. Throughput and latency do.
//
//	main.go       what is asked for
//	subject.go    a server to measure: how it is started, what can be asked of it
//	measure.go    callers that ask side by side, and the figures
//	table.go      the figures, printed
//	machine.go    what it was measured on, and what else that did meanwhile
//	process.go    programs, and the CPU and memory of their trees
//	postgres.go   a PostgreSQL for those that keep their state there
//	wire.go       a client with one connection; form.go: the forms that a person fills in
//	symbolon.go, symbolon_ops.go, nodes.go     ours
//	oidcprovider.go, hydra.go, keycloak.go     the peers
//
// docs/benchmarks.md has the figures and says what they do not mean.
package main
