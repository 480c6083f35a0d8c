// Package campaign runs the real server through trouble and keeps the books: nodes of
// the binary that can be killed, people who log in all the while, and a ledger of what
// was acknowledged to them.
//
//	node.go     the binary as a process: start, kill, stop
//	login.go    one person's login, step by step, and what follows it
//	wire.go     requests, and what an answer or its absence says
//	contest.go  many who try to spend the same thing at the same moment
//	ledger.go   what must hold, and the figures
//	load.go     many logins at once
package campaign
