// Package deploy proves that what is in the folder deploy/ of the repository works as it
// stands: its proxies in front of a real server, its manifests, alerts and units against
// what the server has. It also plays the attacks that need a proxy or very many
// connections. The long forms run with SYMBOLON_SOAK=1.
package deploy
