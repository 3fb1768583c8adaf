/* SPDX-License-Identifier: MIT */
/*
 * The built-in NFS server (net/nfs/) as a service of the virtual network.
 */
#ifndef NET_NFS_SERVICE_H
#define NET_NFS_SERVICE_H

#include "net/nfs/nfs_server.h"
#include "net/service.h"

/* `server` must outlive the service. */
struct net_service nfs_service(struct nfs_server *server);

#endif
