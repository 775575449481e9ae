// Where a test makes the program die, as if by kill -9: at one of the moments below, if the environment
// variable SWARM_AUTOSCALER_FAILPOINT names it. Only builds with the CMake option AUTOSCALER_FAILPOINTS have
// this; in all others each point is nothing at all. Any thread.
#pragma once

namespace autoscaler {

enum class failpoint {
    before_send,   // of a request that changes something in Swarm
    sent,          // it is with the kernel, and nothing of the answer has been read
    read,          // the answer to an update has been read, and nobody has been told
    before_commit, // of a transaction of local storage
    after_commit,  // it is on the disk, and nobody has been told
};

#ifdef AUTOSCALER_FAILPOINTS
// Does not return where SWARM_AUTOSCALER_FAILPOINT is NAME, or is NAME:COUNT and this is the COUNTth time.
// With a variable that cannot be read the process ends with status 2 and says why.
void pass(failpoint which);
#else
constexpr void pass(failpoint) {}
#endif

} // namespace autoscaler
