// Package scalekit answers the one gRPC call that the official Scalekit SDKs make
// to hand over a user, so that an application written for the hosted service works
// with nothing but its environment URL, client id and secret changed.
//
// It translates and decides nothing: a call becomes a [Request], the refusal of
// [Post] becomes a gRPC status. What it knows is how those SDKs behave. The Node
// SDK speaks HTTP/2 without TLS, the Go SDK gRPC over HTTP/1.1, the Python SDK
// sends two authorization headers and crashes on an error without details; so one
// handler serves every version of HTTP, passes on every bearer, and each refusal,
// down to a message that cannot be parsed, carries its details.
package scalekit
