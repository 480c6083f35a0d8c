// Package powercut makes the disks that a power cut can leave behind, from a record of
// the system calls of the real server. strace writes it: nothing of the server is
// replaced or instrumented, what its SQLite asked of the kernel is all there is, and the
// bytes of every HTTP answer stand in the same record, in their place among the writes.
//
//	strace.go  how the record is made
//	parse.go   lines of strace
//	record.go  what they mean: events
//	disk.go    what is on the disk for certain after an event, and what may be
//	image.go   one of the disks that are possible
//
// What may be on a disk is what POSIX promises and not more. A write is there for
// certain once fsync or fdatasync of its file, begun after the write had returned, has
// returned; a name (made, renamed, removed) once fsync of its directory has. Until then
// each 512-byte sector, each page, each write and each name may have made it or not,
// independently of the others: writes are dropped, torn and reordered.
package powercut
