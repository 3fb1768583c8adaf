/* SPDX-License-Identifier: MIT */
/* Double and single precision, scalar: bodies that attract each other, and a polynomial. */
#include "tests/bench/kernels/bench.h"

#define BODIES 5

static struct body {
    double x, y, z, vx, vy, vz, mass;
} body[BODIES] = {
    { 0, 0, 0, 0, 0, 0, 39.5 },
    { 4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.04 },
    { 8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.01 },
    { 12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.002 },
    { 15.4, -25.9, 0.2, 1.0, 0.6, -0.03, 0.002 },
};

static void attract(struct body *a, struct body *b, double dt)
{
    double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
    double square = dx * dx + dy * dy + dz * dz;
    double pull = dt / (square * __builtin_sqrt(square));

    a->vx -= dx * b->mass * pull;
    a->vy -= dy * b->mass * pull;
    a->vz -= dz * b->mass * pull;
    b->vx += dx * a->mass * pull;
    b->vy += dy * a->mass * pull;
    b->vz += dz * a->mass * pull;
}

static void advance(double dt)
{
    for (int i = 0; i < BODIES; i++)
        for (int k = i + 1; k < BODIES; k++)
            attract(&body[i], &body[k], dt);
    for (int i = 0; i < BODIES; i++) {
        body[i].x += dt * body[i].vx;
        body[i].y += dt * body[i].vy;
        body[i].z += dt * body[i].vz;
    }
}

static float polynomial(float x)
{
    return 1.0f + x * (0.5f + x * (0.25f - x * (0.125f + x * 0.0625f)));
}

u64 work(void)
{
    float sum = 0;

    for (int i = 0; i < 300000; i++) {
        advance(0.001);
        for (int k = 0; k < 16; k++)
            sum += polynomial((float)k * 0.01f);
    }
    return (u64)(body[0].x * 1e15) ^ (u64)(body[4].z * 1e15) ^ (u64)sum;
}
